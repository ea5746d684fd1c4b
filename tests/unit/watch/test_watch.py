"""Real film through the camera plane by the real command: seconds, rules, health, bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from infra.footage import CACHE, demo_video
from pipelines.footage.types import UnreadableVideo
from pipelines.watch.seeing import checked_size

WIDTH, HEIGHT, RATE = 384, 288, 10
KEYS = {
    "t", "utc", "people", "tracks", "faces", "moving", "changed_share", "brightness", "contrast",
    "sharpness", "sent", "signals", "problems",
}  # fmt: skip
CLOSED = '[[zone]]\nid = "path"\nkind = "closed"\npolygon = "0 0; 1 0; 1 1; 0 1"\n'
Alter = Callable[[float, NDArray[np.uint8]], NDArray[np.uint8]]


def write_film(target: Path, seconds: float, alter: Alter | None = None) -> Path:
    """The demo's film from its beginning, smaller, its index in front."""
    source = demo_video(CACHE, lambda _: None)
    options = {"movflags": "faststart"}
    with av.open(str(source)) as film, av.open(str(target), "w", options=options) as out:
        stream = out.add_stream("libx264", rate=RATE, options={"g": str(RATE), "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, frame in enumerate(film.decode(video=0)):
            if number >= seconds * RATE:
                break
            small = frame.reformat(width=WIDTH, height=HEIGHT, format="bgr24")
            picture = np.asarray(small.to_ndarray(), np.uint8)
            picture = picture if alter is None else alter(number / RATE, picture)
            shown = av.VideoFrame.from_ndarray(picture, format="bgr24")
            shown.pts = number
            out.mux(stream.encode(shown))
        out.mux(stream.encode(None))
    return target


def vigil_watch(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as people run it."""
    command = [sys.executable, "-m", "pipelines.cli", "watch", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def told(run: subprocess.CompletedProcess[str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The seconds and the summary of a run that went well."""
    assert run.returncode == 0, run.stderr
    *seconds, last = (json.loads(line) for line in run.stdout.splitlines())
    return seconds, last["summary"]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of people."""
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", 10)


def test_every_second_once_and_in_order(film: Path, tmp_path: Path) -> None:
    """OFF-13: the keys that scripts rely on; a rule that opens tells its zone and its figures."""
    (tmp_path / "zones.toml").write_text(CLOSED, "utf-8")
    run = vigil_watch(
        str(film), "--json", "--zones", str(tmp_path / "zones.toml"), "--start-ms", "1764000000000"
    )
    seconds, summary = told(run)
    assert [second["t"] for second in seconds] == list(range(10))
    assert all(set(second) == KEYS for second in seconds)
    assert seconds[0]["utc"] == "2025-11-24T16:00:00Z"
    assert set(seconds[0]["faces"]) == {"mask", "no_mask", "badly_worn"}
    assert summary["seconds"] == 10
    assert summary["seconds_with_a_person"] == sum(s["people"] > 0 for s in seconds) >= 8
    assert summary["looks"] == sum(second["sent"] for second in seconds) >= 8
    assert summary["ended"] == "end of file"
    assert any(second["moving"] for second in seconds)
    assert any(second["tracks"] for second in seconds)
    opened = [s for second in seconds for s in second["signals"] if s["phase"] == "opened"]
    closed_area = next(one for one in opened if one["rule"] == "person-in-closed-area")
    assert closed_area["zone"] == "path"
    assert closed_area["inputs"]["looks_inside"] >= closed_area["inputs"]["looks_min"]
    assert summary["rules"]["person-in-closed-area"] == 1


def test_a_covered_lens_shows_as_a_problem(tmp_path: Path) -> None:
    """OFF-11, OFF-23: dark from 6 s on; the rule about the camera itself stays open."""
    dark = np.random.default_rng(1).integers(2, 7, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    path = write_film(
        tmp_path / "dark.mp4", 45, lambda time_s, picture: dark if time_s >= 6 else picture
    )
    seconds, summary = told(vigil_watch(str(path), "--json"))
    assert seconds[5]["brightness"] > 60
    assert seconds[5]["problems"] == []
    assert seconds[-1]["brightness"] < 20
    assert any(problem.startswith("camera-") for problem in seconds[-1]["problems"])
    assert any(rule.startswith("camera-") for rule in summary["rules"])


def test_people_read_a_line_a_second(film: Path) -> None:
    """The table: a head, a line a second, what it came to; --seconds ends early."""
    run = vigil_watch(str(film), "--seconds", "4")
    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert "people" in lines[0]
    assert [line.split()[0] for line in lines[1:6] if line.split()[0].isdigit()][:4] == list("0123")
    assert "s watched" in run.stdout


def test_what_is_no_video_is_named(film: Path, tmp_path: Path) -> None:
    """Empty, cut off, another kind of file, none at all, zones that are wrong: a line, no trace."""
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "cut.mp4").write_bytes(film.read_bytes()[:600])
    (tmp_path / "text.mp4").write_text("not a film\n" * 50)
    for name, wrong in (
        ("empty.mp4", "is empty"),
        ("cut.mp4", "cut off"),
        ("text.mp4", "no video at all"),
        ("none.mp4", "does not exist"),
    ):
        run = vigil_watch(str(tmp_path / name), "--json")
        assert run.returncode == 69
        assert wrong in " ".join(run.stderr.split())
        assert name in run.stderr
        assert "Traceback" not in run.stderr
        assert run.stdout == ""
    (tmp_path / "zones.toml").write_text("[[zone", "utf-8")
    run = vigil_watch(str(film), "--zones", str(tmp_path / "zones.toml"))
    assert (run.returncode, "Traceback" in run.stderr) == (1, False)
    assert "--example-zones" in run.stderr


def test_a_file_that_ends_early_says_how_much_was_there(film: Path, tmp_path: Path) -> None:
    """What is there is shown; the last second and the summary name what is missing."""
    data = film.read_bytes()
    (tmp_path / "short.mp4").write_bytes(data[: len(data) * 2 // 3])
    seconds, summary = told(vigil_watch(str(tmp_path / "short.mp4"), "--json"))
    assert 2 <= len(seconds) < 10
    assert "are there" in summary["ended"]
    assert any("are there" in problem for problem in seconds[-1]["problems"])


def test_pictures_of_8k_are_refused_in_words() -> None:
    """The sub-stream is for looking at; 4K still is taken."""
    checked_size((3840, 2160), "film.mp4")
    with pytest.raises(UnreadableVideo, match=r"7680x4320 px.*sub-stream") as raised:
        checked_size((7680, 4320), "rtsp://user:secret@camera/main")
    assert "secret" not in str(raised.value)


def test_ctrl_c_ends_with_what_was_seen(film: Path) -> None:
    """A signal at any moment: the seconds seen so far and a summary, status 0."""
    command = [sys.executable, "-m", "pipelines.cli", "watch", str(film), "--json", "--fps", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        first = running.stdout.readline()
        time.sleep(0.1)
        os.kill(running.pid, signal.SIGINT)
        rest = running.stdout.read()
        assert running.wait(60) == 0
    lines = [json.loads(line) for line in [first, *rest.splitlines()]]
    assert lines[0]["t"] == 0
    assert [line["t"] for line in lines[:-1]] == list(range(len(lines) - 1))
    assert lines[-1]["summary"]["seconds"] == len(lines) - 1
