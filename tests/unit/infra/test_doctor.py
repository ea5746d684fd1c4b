"""The doctor finds what is wrong and says what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from infra.doctor import Check, State, available_gib, checks, memory, model_file


def named(found: list[Check], name: str) -> Check:
    """The one check of that name."""
    (check,) = [check for check in found if check.name == name]
    return check


def test_whatever_is_not_ok_has_a_one_line_remedy(tmp_path: Path) -> None:
    found = checks(tmp_path, model=tmp_path / "missing.onnx")
    assert {"python", "cores", "memory", "disk", "broker", "timescaledb"} < {c.name for c in found}
    for check in found:
        assert check.found
        assert "\n" not in check.found + check.remedy
        assert bool(check.remedy) == (check.state is not State.OK)


@pytest.mark.parametrize(
    ("gib", "state"), [(0.5, State.FAIL), (2.0, State.WARN), (4.0, State.OK), (64.0, State.OK)]
)
def test_memory_is_graded(gib: float, state: State) -> None:
    assert memory(gib).state is state


def test_available_memory_is_some() -> None:
    assert 0 < available_gib() < 100_000


def test_model_file_must_be_there_and_not_empty(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    assert model_file(path).state is State.FAIL
    path.touch()
    assert model_file(path).state is State.FAIL
    path.write_bytes(b"x")
    assert model_file(path).state is State.OK


def test_taken_web_port_is_seen(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert named(checks(tmp_path, web_port=port), "web port").state is State.WARN
    assert named(checks(tmp_path, web_port=port), "web port").state is State.OK


def test_no_root_means_plain_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    check = named(checks(tmp_path), "timescaledb")
    assert (check.state, "needs root" in check.found) == (State.WARN, True)


def test_cached_video_is_found(tmp_path: Path) -> None:
    (tmp_path / "build/footage").mkdir(parents=True)
    (tmp_path / "build/footage/vtest.avi").write_bytes(b"x")
    assert named(checks(tmp_path), "demo video").found.startswith(str(tmp_path))


def test_missing_browser_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert named(checks(tmp_path), "chromium").state is State.WARN


def test_without_mosquitto_the_remedy_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.doctor.shutil.which", lambda *_, **__: None)
    assert named(checks(tmp_path), "mosquitto").state is State.WARN
    cached = tmp_path / "build/mosquitto/root/usr/sbin/mosquitto"
    cached.parent.mkdir(parents=True)
    cached.touch()
    assert named(checks(tmp_path), "mosquitto").found == str(cached)
