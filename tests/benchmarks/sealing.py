"""Owns the sealing figure: what pinning a clip takes beyond copying it to the disk."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.footage import CACHE, demo_video
from pipelines.evidence.clips import Pinning
from pipelines.evidence.footage import Pinned, RecordedFootage, Wanted
from pipelines.evidence.manifest import SealedObject
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import Recorder
from pipelines.vault.folder import FolderVault
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, rounded
from tests.contract.capture.films import film

NAMES = frozenset({"evidence_seal_overhead_ms"})
SIZE, FPS, SECONDS = (1920, 1080), 25, 30
BUDGET_MS = 150.0
LATE = 2
"""Parts that a recording gains between the last look of a waiting seal and the end of its span."""
START_MS = 1_760_000_000_000
WANTED = Wanted(
    camera_id="cam", from_ms=START_MS, to_ms=START_MS + SECONDS * 1000, shown_ms=START_MS + 10_300
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Milliseconds of one round: as it is live, everything at once, and the plain copies."""

    live_ms: float
    clip_ms: float
    at_once_ms: float
    all_ms: float
    worked_ms: float

    @property
    def added_ms(self) -> float:
        """What sealing adds to copying the clip, from when its footage is there."""
        return self.live_ms - self.clip_ms


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``evidence_seal_overhead_ms``: clip, recorded parts and poster, as the stage pins them."""
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(dir=bed.workdir) as name:
        folder = Path(name)
        recordings = _recorded(folder, tell)
        for number in range(bed.rounds):
            (own := folder / str(number)).mkdir()
            rounds.append(_round(recordings, own))
            tell(f"sealing round {number + 1}: adds {rounds[-1].added_ms:.0f} ms")
        made = Pinning(RecordedFootage(recordings), FolderVault(folder / "v"), WANTED).pin("", [])
    return [_figure(rounds, made.objects)]


def _round(recordings: Path, folder: Path) -> Round:
    footage = RecordedFootage(recordings)
    at_once = FolderVault(folder / "at-once")
    with _timed() as once:
        made = Pinning(footage, at_once, WANTED).pin("", [])
    if made.coverage.gaps or len(made.coverage.parts) < SECONDS - 1:
        raise RuntimeError(f"not the whole clip was sealed: {made.coverage}")
    live = Pinning(footage, FolderVault(folder / "live"), WANTED)
    with _not_yet(recordings, made):
        live.ahead()
    with _timed() as after:
        live.pin("", [])
    clip = [item for item in made.objects if item.role == "clip"]
    with _timed() as one:
        _copy(at_once, clip, folder / "copy")
    with _timed() as all_of_it:
        _copy(at_once, made.objects, folder / "copies")
    return Round(
        live_ms=after[0], clip_ms=one[0], at_once_ms=once[0], all_ms=all_of_it[0],
        worked_ms=after[1] - one[1],
    )  # fmt: skip


def _figure(rounds: Sequence[Round], objects: Sequence[SealedObject]) -> Figure:
    def middle(of: Callable[[Round], float]) -> float:
        return statistics.median(of(one) for one in rounds)

    value = middle(lambda r: r.added_ms)
    size = {role: sum(o.size_bytes for o in objects if o.role == role) for role in ("clip", "part")}
    return Figure(
        name="evidence_seal_overhead_ms", value=rounded(value), unit="ms",
        against="the issue's budget over copying the clip", against_value=BUDGET_MS,
        ratio=rounded(BUDGET_MS / value), n=len(rounds),
        note=f"{SECONDS} s of H.264 {SIZE[0]}x{SIZE[1]} at {FPS} fps, "
        f"{size['clip'] * 8 / SECONDS / 1e6:.1f} Mbit/s; from the recording reaching the end of "
        f"the clip to clip, parts and poster hashed twofold and synced; all parts but the last "
        f"{LATE} were stored while it was waited for; copying and syncing the clip took "
        f"{middle(lambda r: r.clip_ms):.0f} ms; the processor worked "
        f"{middle(lambda r: r.worked_ms):.0f} ms more ({os.cpu_count()} cores); everything at once"
        f" {middle(lambda r: r.at_once_ms):.0f} ms beside {middle(lambda r: r.all_ms):.0f} ms for "
        f"copying all {(size['clip'] + size['part']) / 1e6:.0f} MB; rounds "
        f"{'/'.join(f'{one.added_ms:.0f}' for one in rounds)} ms",
    )  # fmt: skip


def _recorded(folder: Path, tell: Callable[[str], None]) -> Path:
    source = film(
        demo_video(CACHE, tell), folder / "film.mp4", size=SIZE, gop=FPS, frames=FPS * SECONDS
    )
    recorder = Recorder(folder / "recordings", camera_id="cam")
    with open_video(str(source)) as video:
        for packet in video.packets():
            if isinstance(packet, VideoPacket):
                recorder.feed(packet, START_MS + packet.time_s * 1000)
    recorder.close()
    return folder / "recordings"


@contextmanager
def _not_yet(recordings: Path, made: Pinned) -> Iterator[None]:
    """The recording as it was when its last parts were still being written."""
    paths = [recordings / "cam" / f"{start_ms}.mp4" for start_ms in sorted(made.parts)[-LATE:]]
    for path in paths:
        path.rename(path.with_suffix(".later"))
    try:
        yield
    finally:
        for path in paths:
            path.with_suffix(".later").rename(path)


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Fills in milliseconds by the clock and of the processor."""
    took: list[float] = []
    began, worked = time.perf_counter(), time.process_time()
    yield took
    took += [(time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000]


def _copy(vault: FolderVault, objects: Sequence[SealedObject], folder: Path) -> None:
    """Plain copying: each file synced, then the folder."""
    folder.mkdir()
    for item in objects:
        target = folder / item.name
        shutil.copyfile(vault.path(item.sha256), target)
        _sync(target)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
