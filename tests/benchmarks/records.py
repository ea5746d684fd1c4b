"""Figures of the examination of recordings: what it finds, whom it accuses, what it costs."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av

from infra.footage import CACHE, demo_video
from pipelines.footage.bodycam import BodyCamera, film
from pipelines.footage.examine import examine
from pipelines.records.forensics import judge
from pipelines.records.origin import Claim
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, rate_figure, rounded
from tests.benchmarks.record_edits import EDITS
from tests.benchmarks.record_forensics import BEGAN_MS, Score, score

NAMES = frozenset(
    {"record_edit_recall", "record_careful_recall", "record_untouched_clean", "record_examine"}
)
PLAIN = frozenset({"software", "time_gap", "sound_gap", "created_elsewhen"})
"""What reading names, dates and time stamps alone would find."""
SEED = 11  # thresholds were chosen on seeds 1 and 7
_SECONDS = 30.0


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """Recall over edits, the same over careful ones, untouched files left alone, and speed."""
    source = demo_video(CACHE, tell)
    edits, untouched = (2, 12) if bed.quick else (8, 51)
    with tempfile.TemporaryDirectory(prefix="vigil-records-") as name:
        folder = Path(name)
        tell(f"records: {edits * len(EDITS)} edits, {untouched} untouched files")
        result = score(source, folder, edits=edits * len(EDITS), untouched=untouched, seed=SEED)
        tell("records: speed of the examination")
        speed = _speed(source, folder / "long.mp4", bed.rounds)
    return [*_found(result), speed]


def _found(result: Score) -> list[Figure]:
    everything = [codes for all_ in result.found.values() for codes in all_]
    careful = [codes for all_ in result.careful.values() for codes in all_]
    missed = sorted(kind for kind, all_ in result.found.items() if not all(all_))
    note = f"{len(EDITS)} kinds of edit; not found each time: {', '.join(missed) or 'none'}"
    clean = 1 - result.false_alarms
    return [
        _share("record_edit_recall", everything, note),
        _share("record_careful_recall", careful, f"no names of tools left behind. {note}"),
        Figure(
            name="record_untouched_clean", value=rounded(clean), unit="share", against="all",
            against_value=1.0, ratio=rounded(clean), n=len(result.accused),
            note="untouched files of three simulated cameras without a lead above low",
        ),
    ]  # fmt: skip


def _share(name: str, found: list[set[str]], note: str) -> Figure:
    value = sum(map(bool, found)) / len(found)
    plain = sum(bool(codes & PLAIN) for codes in found) / len(found)
    return Figure(
        name=name, value=rounded(value), unit="share", against="names, dates and time stamps alone",
        against_value=rounded(plain), ratio=rounded(value / plain) if plain else 0.0,
        n=len(found), note=note,
    )  # fmt: skip


def _speed(source: Path, path: Path, rounds: int) -> Figure:
    film(source, path, start_ms=BEGAN_MS, seconds=_SECONDS, camera=BodyCamera(), seed=1)
    ours, bare = [], []
    for _ in range(rounds):
        begun = time.process_time()
        judge(examine(path), Claim(BEGAN_MS, BEGAN_MS))
        ours.append(_SECONDS / (time.process_time() - begun))
        begun = time.process_time()
        _decode(path)
        bare.append(_SECONDS / (time.process_time() - begun))
    return rate_figure(
        "record_examine", ours, unit="seconds of 640x360 a CPU second", against="decoding alone",
        ceilings=bare,
        note=f"median of {statistics.median(ours):.0f}; packets, boxes, slices and pictures",
    )  # fmt: skip


def _decode(path: Path) -> None:
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass
