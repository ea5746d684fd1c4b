"""Recording and cutting copy packets: what went in comes out, bit for bit, at its own time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.footage.clip import covered_until_ms, cut
from pipelines.footage.decode import Decoder
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import Recorder
from pipelines.footage.ring import Ring, recorded
from pipelines.footage.still import still
from pipelines.footage.types import Ended, Gap, GapCause, NoFootage, Part, Pin, UnreadableVideo

T0 = 1_700_000_000_000


def packets_of(path: Path) -> list[tuple[int, bytes]]:
    """Time (ms from the first) and bytes of every packet."""
    with open_video(str(path)) as video:
        found = [p for p in video.packets() if isinstance(p, VideoPacket)]
        return [(round(p.time_s * 1000), p.payload) for p in found]


def pictures_in(path: Path) -> int:
    """How many frames decode."""
    with open_video(str(path)) as video:
        decoder = Decoder(video)
        n = 0
        for packet in video.packets():
            ended = isinstance(packet, Ended)
            n += len(decoder.flush() if isinstance(packet, Ended) else decoder.decode(packet))
            if ended:
                break
        assert decoder.undecodable == 0
        return n


def record(
    source: Path, recorder: Recorder, *, start_ms: int = T0, skip_s: tuple[float, float] = (0, 0)
) -> list[Part | Gap]:
    """Feeds a file to a recorder, without the packets of ``skip_s``; does not close it."""
    events: list[Part | Gap] = []
    with open_video(str(source)) as video:
        for packet in video.packets():
            if isinstance(packet, VideoPacket) and not skip_s[0] <= packet.time_s < skip_s[1]:
                events += recorder.feed(packet, start_ms + packet.time_s * 1000)
    return events


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    """Six recorded seconds of camera ``pool``, from T0."""
    recorder = Recorder(tmp_path, camera_id="pool")
    record(source, recorder)
    recorder.close()
    return tmp_path


def test_each_part_plays_alone_and_together_they_are_the_source(
    source: Path, tmp_path: Path
) -> None:
    recorder = Recorder(tmp_path, camera_id="pool")
    parts = [e for e in [*record(source, recorder), *recorder.close()] if isinstance(e, Part)]
    assert [p.start_ms for p in parts] == [T0 + 1000 * n for n in range(6)]
    assert [p.end_ms for p in parts] == [T0 + 1000 * (n + 1) for n in range(6)]
    joined = []
    for part in parts:
        assert part.path == tmp_path / "pool" / f"{part.start_ms}.mp4"
        assert part.sha256 == hashlib.sha256(part.path.read_bytes()).hexdigest()
        assert part.size_bytes == part.path.stat().st_size
        assert pictures_in(part.path) == 10
        joined += [(t + part.start_ms - T0, data) for t, data in packets_of(part.path)]
    assert joined == packets_of(source)


def test_a_killed_recorder_loses_less_than_the_part_being_written(
    source: Path, tmp_path: Path
) -> None:
    killed = Recorder(tmp_path, camera_id="pool")
    closed = record(source, killed)  # never closed
    assert len(closed) == len(recorded(tmp_path, "pool")) == 5
    again = Recorder(tmp_path, camera_id="pool")
    assert list((tmp_path / "pool").glob("*.tmp")) == []
    kept = recorded(tmp_path, "pool")
    assert len(kept) == 6
    assert [pictures_in(path) for _, path in kept[:5]] == [10] * 5
    assert pictures_in(kept[5][1]) in {8, 9, 10}  # up to its last whole fragment of 0.2 s
    until_ms = covered_until_ms(tmp_path, "pool")
    assert until_ms is not None
    assert until_ms >= T0 + 5800
    [saved] = again.resume(T0 + 20_000)
    assert isinstance(saved, Part)
    assert (saved.start_ms, saved.end_ms) == (T0 + 5000, until_ms)
    assert saved.sha256 == hashlib.sha256(saved.path.read_bytes()).hexdigest()
    gaps = [e for e in record(source, again, start_ms=T0 + 30_000) if isinstance(e, Gap)]
    assert [(g.start_ms, g.end_ms, g.cause) for g in gaps] == [
        (until_ms, T0 + 30_000, GapCause.POWER)
    ]


def test_footage_played_again_writes_nothing_over(folder: Path, source: Path) -> None:
    before = {path: path.read_bytes() for _, path in recorded(folder, "pool")}
    again = Recorder(folder, camera_id="pool")
    record(source, again)
    again.close()
    assert {path: path.read_bytes() for _, path in recorded(folder, "pool")} == before


def test_other_footage_of_the_same_moment_is_kept_beside(folder: Path, source: Path) -> None:
    first = folder / "pool" / f"{T0}.mp4"
    first.write_bytes(b"other footage")
    again = Recorder(folder, camera_id="pool")
    parts = [e for e in record(source, again) if isinstance(e, Part)]
    again.close()
    assert first.read_bytes() == b"other footage"
    assert parts[0].start_ms == T0 + 1


def test_a_jump_in_time_is_a_gap_up_to_the_next_keyframe(source: Path, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, camera_id="pool")
    events = record(source, recorder, skip_s=(1.5, 3.2)) + recorder.close()
    gaps = [e for e in events if isinstance(e, Gap)]
    assert [(g.start_ms - T0, g.end_ms - T0) for g in gaps] == [(1500, 4000)]
    assert "jumped ahead by 1.7 s" in gaps[0].reason
    assert recorder.skipped == 8  # 3.2 to 4.0 s: cannot be decoded without their keyframe


def test_a_lost_source_is_told_as_disjoint_gaps(source: Path, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, camera_id="pool")
    record(source, recorder)
    events = recorder.lost("connection refused") + recorder.missing_until(T0 + 9000)
    events += record(source, recorder, start_ms=T0 + 20_000)
    gaps = [(e.start_ms - T0, e.end_ms - T0, e.reason) for e in events if isinstance(e, Gap)]
    refused = "connection refused"
    assert gaps == [(6000, 9000, refused), (9000, 20_000, refused)]


@pytest.mark.parametrize(
    ("asked", "got", "n_parts"),
    [
        ((1000, 3000), (1000, 3000), 2),
        ((1300, 3500), (1000, 3500), 3),  # from the keyframe before
        ((-5000, 1500), (0, 1500), 2),  # recording had not begun
        ((4500, 60_000), (4000, 6000), 2),  # nor gone on
    ],
)
def test_a_cut_is_the_sources_packets_of_that_span(  # noqa: PLR0917  pytest names them
    folder: Path, source: Path, tmp_path: Path,
    asked: tuple[int, int], got: tuple[int, int], n_parts: int,
) -> None:  # fmt: skip
    target = tmp_path / "clips" / "clip.mp4"
    clip = cut(folder, "pool", T0 + asked[0], T0 + asked[1], target)
    assert (clip.start_ms - T0, clip.end_ms - T0) == got
    assert (clip.gaps, len(clip.parts)) == ((), n_parts)
    first = got[0] // 1000
    assert [(part.start_ms - T0, part.path.name) for part in clip.parts] == [
        (second * 1000, f"{T0 + second * 1000}.mp4") for second in range(first, first + n_parts)
    ]
    expected = [(t - got[0], data) for t, data in packets_of(source) if got[0] <= t < got[1]]
    assert packets_of(target) == expected
    assert pictures_in(target) == len(expected)
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # a browser can start before it has it all


def test_a_cut_begins_at_the_last_keyframe_before_not_at_the_part(
    make_video: Callable[..., Path], tmp_path: Path
) -> None:
    recorder = Recorder(tmp_path, camera_id="pool")
    record(make_video(gop_s=0.5), recorder)
    recorder.close()
    clip = cut(tmp_path, "pool", T0 + 1700, T0 + 3000, tmp_path / "clip.mp4")
    assert (clip.start_ms - T0, clip.end_ms - T0, len(clip.parts)) == (1500, 3000, 2)
    assert pictures_in(clip.path) == 15


@pytest.mark.parametrize("damage", ["missing", "garbage"])
def test_a_cut_names_what_is_missing_inside_and_keeps_time(
    folder: Path, tmp_path: Path, damage: str
) -> None:
    part = folder / "pool" / f"{T0 + 2000}.mp4"
    part.unlink() if damage == "missing" else part.write_bytes(b"\0" * 5000)
    target = tmp_path / "clip.mp4"
    clip = cut(folder, "pool", T0 + 1000, T0 + 5000, target)
    assert [(g.start_ms - T0, g.end_ms - T0) for g in clip.gaps] == [(2000, 3000)]
    assert (clip.end_ms - T0, len(clip.parts)) == (5000, 3)
    assert [t for t, _ in packets_of(target)] == [*range(0, 1000, 100), *range(2000, 4000, 100)]


def test_nothing_recorded_is_an_error_and_leaves_no_file(folder: Path, tmp_path: Path) -> None:
    for camera, start_ms in (("pool", T0 + 60_000), ("pool", T0 - 60_000), ("other", T0)):
        with pytest.raises(NoFootage, match=camera):
            cut(folder, camera, start_ms, start_ms + 1000, tmp_path / "clip.mp4")
    assert list(tmp_path.glob("clip*")) == []
    assert covered_until_ms(folder, "other") is None


def test_a_ring_drops_the_oldest_but_nothing_pinned(folder: Path) -> None:
    pins = [
        Pin(camera_id="pool", start_ms=T0 + 1200, end_ms=T0 + 1900, why="an alert"),
        Pin(camera_id="other", start_ms=T0, end_ms=T0 + 9000, why="another camera's"),
    ]
    ring = Ring.load(folder, "pool")
    ring.bounded(keep_s=2, keep_bytes=1 << 30, pins=pins)
    assert [t - T0 for t, _ in recorded(folder, "pool")] == [1000, 3000, 4000, 5000]
    ring.bounded(keep_s=3600, keep_bytes=1, pins=pins)
    assert [t - T0 for t, _ in recorded(folder, "pool")] == [1000, 5000]
    kept = sum(path.stat().st_size for _, path in recorded(folder, "pool"))
    assert ring.size_bytes == Ring.load(folder, "pool").size_bytes == kept


def test_a_poster_shows_the_moment_asked_for(source: Path) -> None:
    early, late, past = (still(source, at_s) for at_s in (0.0, 5.0, 99.0))
    assert early.startswith(b"\xff\xd8")
    assert len({early, late, past}) == 3
    assert past == still(source, 5.9)


def test_a_poster_may_be_the_keyframe_beside_the_moment(source: Path) -> None:
    """The nearer one, before or after; where none is near it is the moment itself."""
    assert still(source, 2.4, near_s=0.5) == still(source, 2.0)
    assert still(source, 2.6, near_s=0.5) == still(source, 3.0)
    assert still(source, 2.6, near_s=0.3) == still(source, 2.6) != still(source, 3.0)


def test_a_camera_id_cannot_leave_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="camera id"):
        Recorder(tmp_path, camera_id="../elsewhere")


def test_a_codec_that_browsers_do_not_play_is_refused(source: Path, tmp_path: Path) -> None:
    raw = source.with_name("raw.avi")
    with pytest.raises(UnreadableVideo, match=r"pool sends mjpeg.*H\.264"):
        record(raw, Recorder(tmp_path, camera_id="pool"))
