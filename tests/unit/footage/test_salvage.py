"""What a crash left is saved up to its last whole fragment; what shows nothing is not kept."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.footage.parts import part_end_ms
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import Recorder
from pipelines.footage.salvage import salvage
from pipelines.footage.standing import Standing
from pipelines.footage.types import Gap, GapCause, Part

T0 = 1_700_000_000_000


@pytest.fixture
def crashed(source: Path, tmp_path: Path) -> Path:
    """The partial file of a recorder that was killed 0.9 s into a part."""
    recorder = Recorder(tmp_path, camera_id="pool", part_s=60)
    with open_video(str(source)) as video:
        for packet in video.packets():
            if isinstance(packet, VideoPacket) and packet.time_s < 2.9:
                recorder.feed(packet, T0 + packet.time_s * 1000)
    [partial] = (tmp_path / "pool").glob("*.tmp")
    return partial


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.9, 0.999, 1.0])
def test_a_file_cut_anywhere_gives_what_is_whole(crashed: Path, share: float) -> None:
    """AV-18: a crash costs at most one part, here a fifth of a second of it."""
    whole = crashed.read_bytes()
    crashed.write_bytes(whole[: int(len(whole) * share)])
    part = salvage(crashed)
    assert part is not None
    assert not crashed.exists()
    assert part.end_ms == part_end_ms(part.start_ms, part.path)
    assert part.end_ms - T0 >= 2900 * share - 700
    assert part.sha256 == hashlib.sha256(part.path.read_bytes()).hexdigest()
    assert whole.startswith(part.path.read_bytes())


def test_what_shows_nothing_is_removed(crashed: Path) -> None:
    """Empty, a header alone, holes of zeroes, noise: no part is made of them."""
    whole = crashed.read_bytes()
    holed = bytearray(whole)
    holed[len(whole) // 2 : len(whole) // 2 + 3000] = bytes(3000)
    for content in (b"", whole[:900], bytes(20_000), random.Random(1).randbytes(20_000), holed):
        crashed.write_bytes(content)
        part = salvage(crashed)
        assert not crashed.exists()
        if part is not None:  # the hole lay in the sound between two fragments
            assert part.end_ms < T0 + 2900
            part.path.unlink()


def test_a_part_that_is_there_is_never_written_over(crashed: Path) -> None:
    """The same moment was closed already."""
    there = crashed.with_suffix(".mp4")
    there.write_bytes(b"recorded before")
    assert salvage(crashed) is None
    assert there.read_bytes() == b"recorded before"


def test_each_end_of_a_run_has_its_cause(source: Path, tmp_path: Path) -> None:
    """AV-18: stopped, and cut short; a gap told before the end is not told again."""

    def run(begin_ms: int, end: Callable[[Recorder], list[Part | Gap]] | None) -> list[Gap]:
        recorder = Recorder(tmp_path, camera_id="pool")
        events = recorder.resume(begin_ms)
        with open_video(str(source)) as video:
            for packet in video.packets():
                if isinstance(packet, VideoPacket):
                    events += recorder.feed(packet, begin_ms + 500 + packet.time_s * 1000)
        events += end(recorder) if end is not None else []
        return [event for event in events if isinstance(event, Gap)]

    assert run(T0, lambda recorder: recorder.finish(T0 + 6500)) == []
    [stopped] = run(T0 + 20_000, None)
    assert (stopped.start_ms, stopped.end_ms) == (T0 + 6500, T0 + 20_500)
    assert stopped.cause is GapCause.STOPPED
    [cut_short] = run(
        T0 + 40_000,
        lambda recorder: recorder.lost("gone", cause=GapCause.NETWORK),
    )
    assert (cut_short.end_ms, cut_short.cause) == (T0 + 40_500, GapCause.POWER)
    assert T0 + 26_200 <= cut_short.start_ms <= T0 + 26_500
    again = Recorder(tmp_path, camera_id="pool")
    again.resume(T0 + 50_000)
    assert again.missing_since_ms == T0 + 46_500
    told = again.missing_until(T0 + 60_000)
    assert [(event.start_ms, event.end_ms) for event in told] == [(T0 + 46_500, T0 + 60_000)]
    after = Recorder(tmp_path, camera_id="pool")
    after.resume(T0 + 70_000)
    assert after.missing_since_ms == T0 + 60_000


def test_a_standing_that_is_damaged_is_none(tmp_path: Path) -> None:
    for content in (b"", b"{", b'{"until_ms": "x"}', b"\xff"):
        (tmp_path / "standing.json").write_bytes(content)
        assert Standing(tmp_path).take().until_ms == 0
