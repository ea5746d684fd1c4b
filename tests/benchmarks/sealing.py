"""Owns the sealing figure: what pinning a clip takes beyond copying the same bytes to the disk."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.footage import CACHE, demo_video
from pipelines.evidence.clips import pin
from pipelines.evidence.footage import Pinned, RecordedFootage, Wanted
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import Recorder
from pipelines.vault.folder import FolderVault
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, rounded
from tests.contract.capture.films import film

NAMES = frozenset({"evidence_seal_overhead_ms"})
SIZE, FPS, SECONDS = (1920, 1080), 25, 30
BUDGET_MS = 150.0
START_MS = 1_760_000_000_000
WANTED = Wanted(
    camera_id="cam", from_ms=START_MS, to_ms=START_MS + SECONDS * 1000, shown_ms=START_MS + 10_300
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """One round of a thing, in milliseconds: by the clock, and of the processor."""

    wall_ms: float
    cpu_ms: float


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``evidence_seal_overhead_ms``: clip, recorded parts and poster, as the stage pins them."""
    with tempfile.TemporaryDirectory(dir=bed.workdir) as name:
        folder = Path(name)
        recordings = _recorded(folder, tell)
        copied: list[Took] = []
        pinned: list[Took] = []
        for number in range(bed.rounds):
            vault = FolderVault(folder / f"vault-{number}")
            took, made = _pinned(recordings, vault)
            pinned.append(took)
            copied.append(_copied(vault, made, folder / f"copy-{number}"))
            tell(f"sealing round {number + 1}: {took.wall_ms:.0f} beside"
                 f" {copied[-1].wall_ms:.0f} ms")  # fmt: skip
        size = sum(item.size_bytes for item in made.objects)
    return [_figure(pinned, copied, size)]


def _figure(pinned: Sequence[Took], copied: Sequence[Took], size: int) -> Figure:
    more = [p.wall_ms - c.wall_ms for p, c in zip(pinned, copied, strict=True)]
    worked = [p.cpu_ms - c.cpu_ms for p, c in zip(pinned, copied, strict=True)]
    value = statistics.median(more)
    plain = statistics.median(took.wall_ms for took in copied)
    return Figure(
        name="evidence_seal_overhead_ms", value=rounded(value), unit="ms",
        against="the issue's budget over copying the same bytes", against_value=BUDGET_MS,
        ratio=rounded(BUDGET_MS / value), n=len(more),
        note=f"{SECONDS} s of H.264 {SIZE[0]}x{SIZE[1]} at {FPS} fps: the recorded parts, the clip "
        f"made of them and its poster, {size / 1e6:.1f} MB together, hashed by SHA-256 and SM3, "
        f"each synced; copying them, synced too, took {plain:.0f} ms; the processor worked "
        f"{statistics.median(worked):.0f} ms more ({os.cpu_count()} cores); all rounds "
        f"{'/'.join(f'{one:.0f}' for one in more)} ms",
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


def _pinned(recordings: Path, vault: FolderVault) -> tuple[Took, Pinned]:
    began, worked = time.perf_counter(), time.process_time()
    made = pin(RecordedFootage(recordings), vault, WANTED, "", [])
    took = Took(
        wall_ms=(time.perf_counter() - began) * 1000, cpu_ms=(time.process_time() - worked) * 1000
    )
    if made.coverage.gaps or len(made.coverage.parts) < SECONDS - 1:
        raise RuntimeError(f"not the whole clip was sealed: {made.coverage}")
    return took, made


def _copied(vault: FolderVault, made: Pinned, folder: Path) -> Took:
    """The same objects by plain copying, each synced, then the folder."""
    folder.mkdir()
    began, worked = time.perf_counter(), time.process_time()
    for item in made.objects:
        target = folder / item.name
        shutil.copyfile(vault.path(item.sha256), target)
        _sync(target)
    _sync(folder)
    return Took(
        wall_ms=(time.perf_counter() - began) * 1000, cpu_ms=(time.process_time() - worked) * 1000
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
