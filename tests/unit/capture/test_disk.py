"""A disk that fills: the oldest goes, what evidence waits for stays, people are told before."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines.footage.clip import covered_until_ms
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import Recorder
from pipelines.footage.ring import recorded
from pipelines.footage.types import Gap, GapCause, Part, Pin
from pipelines.gateways.capture.disk import Bounds, Space, free_bytes

T0 = 1_700_000_000_000
MB = 1_000_000
Quota = Callable[[Path], int]


def quota(most: int) -> Quota:
    """What is free of a quota of bytes."""
    return lambda folder: most - sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def lay(folder: Path, camera_id: str, number: int, *, size: int = 100_000) -> None:
    """Parts of a second each, as a recorder leaves them; nobody looks inside."""
    (folder / camera_id).mkdir(parents=True, exist_ok=True)
    for second in range(number):
        (folder / camera_id / f"{T0 + second * 1000}.mp4").write_bytes(bytes(size))


def space(folder: Path, free: Quota, *cameras: str, keep_s: float = 3600.0) -> Space:
    """Room for these cameras with 1 MB left free."""
    return Space(folder, cameras, keep_s=keep_s, keep_bytes=100_000 * MB, floor_bytes=MB, free=free)


def starts(folder: Path, camera_id: str) -> list[int]:
    """Seconds from T0 at which a camera's parts begin."""
    return [(at_ms - T0) // 1000 for at_ms, _ in recorded(folder, camera_id)]


def test_the_oldest_of_all_cameras_goes_first_and_nothing_pinned(tmp_path: Path) -> None:
    """AV-28: a full disk never touches what evidence waits for."""
    lay(tmp_path, "a", 20)
    lay(tmp_path, "b", 20)
    room = space(tmp_path, quota(4_500_000), "a", "b")
    room.pins = [Pin(camera_id="a", start_ms=T0 + 1500, end_ms=T0 + 3500, why="alert 1")]
    assert room.room()
    assert quota(4_500_000)(tmp_path) >= MB
    left_a, left_b = starts(tmp_path, "a"), starts(tmp_path, "b")
    assert left_a[:3] == [1, 2, 3]
    assert abs(left_a[3] - left_b[0]) <= 1
    assert left_b[-1] == 19


def test_with_everything_pinned_there_is_no_room_and_nothing_goes(tmp_path: Path) -> None:
    lay(tmp_path, "a", 20)
    room = space(tmp_path, quota(2_500_000), "a")
    room.pins = [Pin(camera_id="a", start_ms=T0, end_ms=T0 + 60_000, why="alert 1")]
    assert not room.room()
    assert len(starts(tmp_path, "a")) == 20
    room.pins = []
    assert room.room()
    assert len(starts(tmp_path, "a")) < 20


def test_it_warns_once_before_and_says_once_that_it_is_full(tmp_path: Path) -> None:
    """Hours left by the bit rate of the last minutes; then what was done about it."""
    free = 1000 * MB
    room = space(tmp_path, lambda _: free, "a", keep_s=30 * 86_400)
    for second in range(60):
        path = tmp_path / "a" / f"{T0 + second * 1000}.mp4"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(1000))
        room.wrote(
            Part(
                camera_id="a", start_ms=T0 + second * 1000, end_ms=T0 + second * 1000 + 1000,
                path=path, sha256="", size_bytes=100_000,
            )
        )  # fmt: skip
    [low] = room.news(T0)
    assert (low.camera_id, low.what) == ("a", "storage_low")
    assert low.inputs["hours_left"] == pytest.approx(999 * MB / 100_000 / 3600, rel=0.05)
    assert room.news(T0) == []
    free = MB // 2
    assert not room.room()
    [full] = room.news(T0)
    assert full.what == "storage_full"
    assert room.news(T0) == []
    free = 10_000_000 * MB
    assert room.news(T0) == []
    free = 1000 * MB
    assert [event.what for event in room.news(T0)] == ["storage_low"]


def feed(recorder: Recorder, source: Path, begin_ms: int) -> Iterator[Part | Gap]:
    """Plays a file into a recorder."""
    with open_video(str(source)) as video:
        for packet in video.packets():
            if isinstance(packet, VideoPacket):
                yield from recorder.feed(packet, begin_ms + packet.time_s * 1000)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB; skips where none may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_really_full_is_a_gap_and_recording_goes_on(
    small_disk: Path, still_video: Path
) -> None:
    """AV-18: storage; what was whole stays, and room that comes back is used."""
    filler = small_disk / "filler"
    filler.write_bytes(bytes(free_bytes(small_disk) - 40_000))
    recorder = Recorder(small_disk, camera_id="pool")
    events = list(feed(recorder, still_video, T0))
    filler.unlink()
    events += [*feed(recorder, still_video, T0 + 12_000), *recorder.close()]
    gaps = [event for event in events if isinstance(event, Gap)]
    parts = [event for event in events if isinstance(event, Part)]
    assert gaps
    assert {gap.cause for gap in gaps} == {GapCause.STORAGE}
    assert covered_until_ms(small_disk, "pool") == T0 + 24_000
    times = sorted([(p.start_ms, p.end_ms) for p in parts] + [(g.start_ms, g.end_ms) for g in gaps])
    assert times[0][0] == T0
    for before, after in pairwise(times):
        assert abs(before[1] - after[0]) <= 100, times


def test_a_disk_that_is_full_drops_the_oldest_and_goes_on(
    small_disk: Path, still_video: Path
) -> None:
    room = Space(small_disk, ["pool"], keep_s=3600, keep_bytes=1000 * MB, floor_bytes=100_000)
    recorder = Recorder(small_disk, camera_id="pool", room=room.room)
    events: list[Part | Gap] = []
    for turn in range(8):
        for event in feed(recorder, still_video, T0 + turn * 12_000):
            events.append(event)
            if isinstance(event, Part):
                room.wrote(event)
    recorder.close()
    assert not [event for event in events if isinstance(event, Gap)]
    assert covered_until_ms(small_disk, "pool") == T0 + 96_000
    assert starts(small_disk, "pool")[0] > 0
    assert [event.what for event in room.news(T0)] == ["storage_full"]


def test_a_public_camera_is_kept_longer_than_another(tmp_path: Path) -> None:
    """AV-28, public video: what must stay stays, what is over its time goes, by camera."""
    lay(tmp_path, "hall", 20)
    lay(tmp_path, "store", 20)
    room = space(tmp_path, quota(1000 * MB), "hall", "store", keep_s=5)
    room.bounds = {"hall": Bounds(keep_s=15, least_s=10)}
    assert room.bound() == 4 + 14
    assert (starts(tmp_path, "hall")[0], starts(tmp_path, "store")[0]) == (4, 14)
    told = {event.camera_id: event for event in room.let_go(T0 + 3_600_000)}
    assert [(e.what, e.inputs["age"], e.inputs["space"]) for e in told.values()] == [
        ("recording_let_go", 4, 0),
        ("recording_let_go", 14, 0),
    ]
    assert room.let_go(T0 + 3_600_000 * 9) == []


def test_what_goes_before_its_minimum_is_a_finding(tmp_path: Path) -> None:
    """Public video: a full disk takes what a rule asks to be kept; it is told, never silent."""
    lay(tmp_path, "hall", 20)
    room = space(tmp_path, quota(2_500_000), "hall", keep_s=3600)
    room.bounds = {"hall": Bounds(keep_s=3600, least_s=1800)}
    assert room.room()
    (finding,) = room.let_go(T0 + 3_600_000)
    assert finding.what == "kept_too_short"
    went = 20 - len(starts(tmp_path, "hall"))
    assert (finding.inputs["space"], finding.inputs["early"]) == (went, went)
    assert finding.inputs["kept_h"] < finding.inputs["least_h"] == 0.5
    lay(tmp_path, "hall", 20)
    assert room.room()
    assert room.let_go(T0 + 3_600_000 + 1) == []


def test_what_was_written_too_long_ago_goes_though_nothing_new_is_recorded(tmp_path: Path) -> None:
    """Public video: a camera that is off does not keep its last weeks for ever."""
    lay(tmp_path, "hall", 10)
    for second in range(6):
        path = tmp_path / "hall" / f"{T0 + second * 1000}.mp4"
        os.utime(path, (path.stat().st_mtime - 100, path.stat().st_mtime - 100))
    room = space(tmp_path, quota(1000 * MB), "hall")
    assert room.bound() == 0
    room.bounds = {"hall": Bounds(keep_s=3600, most_s=50)}
    room.pins = [Pin(camera_id="hall", start_ms=T0, end_ms=T0 + 500, why="hold 1")]
    assert room.bound() == 5
    assert starts(tmp_path, "hall") == [0, 6, 7, 8, 9]
