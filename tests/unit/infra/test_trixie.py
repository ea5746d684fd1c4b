"""Making the TimescaleDB folder: mirror, mounts, half-made folders, refusals."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.stack.processes import StackError
from infra.stack.trixie import DEFAULT_MIRROR, PG_BIN, TrixieFolder, apt_mirror, remove_tree


def program(folder: Path, name: str, script: str) -> None:
    """Put an executable shell script called `name` into `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("listed", "mirror"),
    [
        ("Debian|Debian|http://mirror.example/debian/", "http://mirror.example/debian"),
        (
            "Debian|Debian-Security|http://a.example/sec/\nDebian|Debian|https://b.example/debian/",
            "https://b.example/debian",
        ),
        ("Ubuntu|Ubuntu|http://archive.ubuntu.com/ubuntu/", DEFAULT_MIRROR),
        ("Debian|Debian|mirror+file:/etc/apt/mirrors/debian.list", DEFAULT_MIRROR),
        ("", DEFAULT_MIRROR),
    ],
)
def test_mirror_is_the_one_apt_uses(
    tmp_path: Path, listed: str, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "apt-get", f"cat <<'END'\n{listed}\nEND")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert apt_mirror() == mirror


def test_mirror_without_apt_is_debians_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert apt_mirror() == DEFAULT_MIRROR


def folder_with(tmp_path: Path, debootstrap: str, monkeypatch: pytest.MonkeyPatch) -> TrixieFolder:
    """A folder to be made by that script in debootstrap's place; the script gets $target."""
    find = 'for word; do case $word in *.part) target=$word;; esac; done; mkdir -p "$target"'
    program(tmp_path / "bin", "debootstrap", f"{find}\n{debootstrap}")
    program(tmp_path / "bin", "unshare", "exit 1")
    monkeypatch.setattr("infra.stack.trixie.PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr("infra.stack.trixie.TRIXIE_KEY", Path("/dev/null"))
    monkeypatch.setattr("infra.stack.trixie._succeeds", lambda _: False)
    return TrixieFolder(tmp_path / "root", lambda _: None)


def test_failed_build_leaves_no_folder_and_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'echo junk >"$target/junk"; echo "E: Release signed by unknown key"; exit 1'
    with pytest.raises(StackError, match="unknown key"):
        folder_with(tmp_path, script, monkeypatch).make()
    assert not (tmp_path / "root").exists()
    good = f'mkdir -p "$target{PG_BIN}"; touch "$target{PG_BIN}/postgres"'
    folder = folder_with(tmp_path, good, monkeypatch)
    folder.make()
    assert folder.ready
    assert not (tmp_path / "root" / "junk").exists()
    assert not (tmp_path / "root.part").exists()


def test_signatures_are_always_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StackError) as caught:
        folder_with(tmp_path, 'echo "$@"; exit 1', monkeypatch).make()
    assert "--force-check-gpg" in str(caught.value)
    assert "--keyring=" in str(caught.value)
    assert "--no-check" not in str(caught.value)


def test_stopped_folder_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_with(tmp_path, "exit 0", monkeypatch)
    folder.stop()
    with pytest.raises(StackError, match="stopped"):
        folder.make()


def test_removing_refuses_what_is_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    line = f"1 2 0:5 / {tree}/proc rw - proc proc rw\n"
    (tmp_path / "mountinfo").write_text(line)
    monkeypatch.setattr("infra.stack.trixie.MOUNTS", tmp_path / "mountinfo")
    with pytest.raises(StackError, match="umount"):
        remove_tree(tree)
    assert tree.exists()
