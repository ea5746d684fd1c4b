"""Measures what the examination of recordings finds: edits found, untouched files accused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipelines.footage.bodycam import BodyCamera, film
from pipelines.footage.examine import examine
from pipelines.records.forensics import judge
from pipelines.records.origin import Claim, fingerprint
from tests.benchmarks.record_edits import EDITS, Edit, make

BEGAN_MS = 1_795_500_000_000
CAMERAS = (
    BodyCamera(width=320, height=180, bits_s=500_000),
    BodyCamera(width=384, height=216, rate_hz=30, gop_s=0.5, bits_s=700_000, names=("V", "A")),
    BodyCamera(width=320, height=240, gop_s=2.0, bits_s=400_000, names=("H264 Video", "AAC Audio")),
)
GRAVE = frozenset({"high", "medium"})
"""Findings of these severities count as an alarm."""


@dataclass(slots=True)
class Score:
    """How the examination did.

    Attributes:
        found: by kind of edit, the codes found for each edit made; empty: not found.
        careful: the same of carefully made edits only.
        accused: the codes found for each untouched file.
    """

    found: dict[str, list[set[str]]] = field(default_factory=lambda: defaultdict(list))
    careful: dict[str, list[set[str]]] = field(default_factory=lambda: defaultdict(list))
    accused: list[set[str]] = field(default_factory=list)

    def recall(self, *, careful: bool = False, without: tuple[str, ...] = ()) -> float:
        """Share of edits of which something grave was found."""
        kinds = self.careful if careful else self.found
        each = [
            bool(codes) for kind, all_ in kinds.items() if kind not in without for codes in all_
        ]
        return sum(each) / max(len(each), 1)

    @property
    def false_alarms(self) -> float:
        """Share of untouched files of which something grave was found."""
        return sum(bool(codes) for codes in self.accused) / max(len(self.accused), 1)


def score(
    source: Path,
    folder: Path,
    *,
    edits: int,
    untouched: int,
    seed: int,
    seconds: float = 14.0,
    known_device: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> Score:
    """Makes originals and edits of them and examines both.

    Args:
        known_device: give the judge the fingerprints of earlier files of the same camera.
    """
    random, result = np.random.default_rng(seed), Score()
    originals = _originals(source, folder, untouched, seed, seconds)
    prints = {}
    for number, path in enumerate(originals):
        seen = examine(path)
        prints[number] = fingerprint(seen)
    for number, path in enumerate(originals):
        codes = _codes(path, number, prints if known_device else {})
        result.accused.append(codes)
        tell(f"untouched {number}: {sorted(codes)}")
    kinds = list(EDITS)
    for number in range(edits):
        which = int(random.integers(len(originals)))
        other = _same_camera(which, len(originals))
        edit = Edit(
            kind=kinds[number % len(kinds)], careful=bool(number // len(kinds) % 2),
            at=float(random.uniform()), seed=int(random.integers(1 << 30)),
        )  # fmt: skip
        target = folder / f"edit-{number}.mp4"
        make(edit, originals[which], originals[other], target)
        codes = _codes(target, which, prints if known_device else {})
        target.unlink()
        result.found[edit.kind].append(codes)
        if edit.careful:
            result.careful[edit.kind].append(codes)
        tell(f"{edit.kind}{' careful' if edit.careful else ''}: {sorted(codes)}")
    return result


def _same_camera(which: int, count: int) -> int:
    return (which + len(CAMERAS)) % count if count > len(CAMERAS) else which


def _originals(source: Path, folder: Path, count: int, seed: int, seconds: float) -> list[Path]:
    made = []
    for number in range(count):
        path = folder / f"original-{seed}-{number}.mp4"
        if not path.exists():
            film(
                source, path, start_ms=_began(number), seconds=seconds,
                camera=CAMERAS[number % len(CAMERAS)], seed=seed * 1000 + number,
            )  # fmt: skip
        made.append(path)
    return made


def _began(number: int) -> int:
    return BEGAN_MS + number * 3_600_000


def _codes(path: Path, number: int, prints: dict[int, dict[str, str]]) -> set[str]:
    earlier = [
        one
        for n, one in prints.items()
        if n != number and n % len(CAMERAS) == number % len(CAMERAS)
    ]
    claim = Claim(start_ms=_began(number), imported_ms=BEGAN_MS + 90 * 86_400_000)
    found = judge(examine(path), claim, earlier=earlier)
    return {one.code for one in found if one.severity in GRAVE}
