"""Measures the early warnings on labelled public data, which are not part of the project.

Take them from a folder with ``nab/``, ``skab/`` and ``gecco2018/``, named by VIGIL_BENCH_SENSORS.
Must not choose thresholds: those are shipped.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

from detectors.evaluate.run import Report, evaluate
from tests.benchmarks.figures import Figure, rounded

FOLDER = "VIGIL_BENCH_SENSORS"
NAMES = frozenset({"nab_score", "skab_f1", "gecco_f1"})
_THIRD_MONTH = dt.datetime(2016, 10, 3, tzinfo=dt.UTC)  # thresholds were fixed on what is before
_NOTES = {
    "nab_score": "NAB's standard profile over the series that are there, of 58; published over all "
    "58: ARTime 74.9, HTM 70. Parameters chosen with 35 public series in view, on a plateau",
    "skab_f1": "each file's first 400 rows are normal, as the benchmark has it; published over all "
    "of it: Conv-AE .78, T2+Q .76. Threshold chosen on every second file of valve1",
    "gecco_f1": "third month; threshold fixed on the two before it. Robust z sees every sensor; "
    "on our five, with a threshold of its own from the same two months, it gets .44",
}
_PARTS: tuple[tuple[str, str, str, str, float | None], ...] = (
    ("nab_score", "nab", "nab", "points", None),
    ("skab_f1", "skab", "skab", "F1 over rows", None),
    ("gecco_f1", "gecco", "gecco2018", "F1 over rows", _THIRD_MONTH.timestamp()),
)


def figures(_bed: object, tell: Callable[[str], None]) -> list[Figure]:
    """The three figures; one without its data is 0 and says so. Needs no bed."""
    named = Path(os.environ[FOLDER]) if os.environ.get(FOLDER) else None
    found = []
    for name, form, below, unit, since_s in _PARTS:
        if named is None or not (named / below).exists():
            found.append(_absent(name, unit))
            continue
        tell(f"{name}: {form}")
        report = evaluate(form, named / below, since_s=since_s)
        found.append(_figure(name, unit, report))
    return found


def _figure(name: str, unit: str, report: Report) -> Figure:
    ours, plain = report.ours, report.robust_z
    value, against = ours.score or 0.0, plain.score or 0.0
    said = (
        f"{_NOTES[name]}. Precision {ours.precision}, recall {ours.recall}, F1 over events "
        f"{ours.event_f1}, median delay {ours.delay_s} s, false alarms per sensor and day "
        f"{ours.false_alarms_per_sensor_day} ({plain.false_alarms_per_sensor_day} by robust z)"
    )
    return Figure(
        name=name, value=rounded(value), unit=unit, against="plain robust z over one day",
        against_value=rounded(against), ratio=rounded(value / against) if against > 0 else 0.0,
        n=len(report.files), note=said,
    )  # fmt: skip


def _absent(name: str, unit: str) -> Figure:
    return Figure(
        name=name, value=0.0, unit=unit, against="plain robust z over one day", against_value=0.0,
        ratio=0.0, n=0, note=f"not measured: {FOLDER} names no folder with its data",
    )  # fmt: skip
