"""The demo video comes from the cache or an installed package, else with a remedy."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from infra.footage import demo_video
from infra.stack import StackError


def test_cached_video_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "vtest.avi").write_bytes(b"cached")
    assert demo_video(tmp_path, print).read_bytes() == b"cached"


@pytest.mark.parametrize("packed", [False, True])
def test_installed_video_is_copied(
    tmp_path: Path, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "installed"
    installed.mkdir()
    if packed:
        (installed / "vtest.avi.gz").write_bytes(gzip.compress(b"film"))
    else:
        (installed / "vtest.avi").write_bytes(b"film")
    monkeypatch.setattr("infra.footage.INSTALLED", installed)
    video = demo_video(tmp_path / "cache", print)
    assert video.read_bytes() == b"film"
    assert [file.name for file in video.parent.iterdir()] == ["vtest.avi"]


def test_without_debian_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.footage.INSTALLED", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match=r"save OpenCV's samples/data/vtest\.avi"):
        demo_video(tmp_path / "cache", print)
