"""Owns what a blurred copy costs: CPU seconds of a clip of real footage, beside its own length."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infra.footage import CACHE, demo_video
from pipelines.footage.baseline import write_baseline
from pipelines.footage.decode import Decoder
from pipelines.footage.read import open_video
from pipelines.footage.types import Ended
from pipelines.vault.folder import digest
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, rounded

NAMES = frozenset({"blurred_copy_cpu_s"})
SECONDS = 30.0
CORES = 2


def figures(_bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``blurred_copy_cpu_s``: the site's own program on a clip of the length that alerts have."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = _clip(demo_video(CACHE, tell), folder / "clip.mp4")
        before = _children_s()
        subprocess.run(
            [sys.executable, "-m", "pipelines.browse.derive", clip, folder / "copy.mp4",
             "--sha256", digest(clip)],
            check=True,
        )  # fmt: skip
        spent_s = _children_s() - before
    tell(f"blurred copy: {spent_s:.1f} s of CPU for {SECONDS:g} s of footage")
    budget_s = SECONDS * CORES
    return [
        Figure(
            name="blurred_copy_cpu_s", value=rounded(spent_s), unit="s",
            against=f"the clip's length on {CORES} cores", against_value=budget_s,
            ratio=rounded(budget_s / spent_s), n=1,
            note="vtest.avi, 768x576; faces and persons four times a second, in the whole picture "
            "and its quarters; process start and encoding included",
        )
    ]  # fmt: skip


def _clip(source: Path, target: Path) -> Path:
    def pictures() -> Iterator[tuple[float, NDArray[np.uint8]]]:
        with open_video(str(source)) as video:
            decoder = Decoder(video)
            for packet in video.packets():
                if isinstance(packet, Ended) or packet.time_s > SECONDS:
                    return
                for picture in decoder.decode(packet):
                    yield picture.time_s, picture.bgr(width_px=picture.raw.width)

    write_baseline(target, pictures(), says={})
    return target


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
