"""Owns computing a decision once more from stored readings: by the engine, and by hand for a limit.

By hand means without the engine's code: plain sums that a reader can follow and repeat.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from detectors import readings as engine
from detectors.catalogue import Catalogue, Entry
from detectors.readings.groups import GROUP_RULES
from detectors.readings.judged import gap_ms
from detectors.types import Flag, Readings, Series, Signal

HOUR_MS = 3600 * 1000
LEARNING = frozenset({"drift", "change_point", "anomaly"})
"""Rules that learn over days: a window of readings cannot show what they knew."""
CLOSE = 1e-9


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A stored value; ``flag`` as ``detectors.types.Flag``."""

    series_id: int
    time_ms: int
    value: float
    flag: int


class Recomputed(msgspec.Struct, frozen=True, kw_only=True):
    """A decision computed again.

    Attributes:
        agrees: whether every recorded figure came out the same; None where it cannot be tried.
        figures: what came out, by the names of the recorded inputs; empty when nothing did.
    """

    agrees: bool | None
    figures: dict[str, float] = {}


def reach_ms(entry: Entry) -> int:
    """How far before its spell's start a rule of one kind may have looked."""
    own = {"limit", "jump", "impossible", "silence"}
    least = 2 * HOUR_MS if entry.kind in own else 48 * HOUR_MS
    return max(least, round(2000 * (entry.average_s + entry.lasts_s)))


def members(entry: Entry, series: Series, known: Mapping[int, Series]) -> list[int]:
    """Series that the entry judges together with this one, itself included."""
    found = {series.series_id}
    for rule in GROUP_RULES:
        if rule.kind == entry.kind:
            groups = [[s.series_id for s in g.members] for g in rule.groups(entry, known.values())]
            found |= {sid for group in groups if series.series_id in group for sid in group}
    return sorted(found)


def by_engine(
    signal: Signal,
    entry: Entry,
    rows: Sequence[Reading],
    known: Mapping[int, Series],
    catalogue: Catalogue,
) -> Recomputed:
    """Lets the engine judge these readings afresh, and looks for the same decision."""
    if entry.kind in LEARNING:
        return Recomputed(agrees=None)
    some = {row.series_id for row in rows} | {signal.series_id or 0}
    result = engine.step(
        engine.EngineState(),
        Readings(
            time_ms=np.array([row.time_ms for row in rows], np.int64),
            series=np.array([row.series_id for row in rows], np.int32),
            value=np.array([row.value for row in rows], np.float64),
            flag=np.array([row.flag for row in rows], np.uint8),
        ),
        watermark_ms=signal.at_ms,
        series={sid: series for sid, series in known.items() if sid in some},
        catalogue=catalogue,
    )
    found = next((s for s in result.signals if s.signal_id == signal.signal_id), None)
    if found is None:
        return Recomputed(agrees=False)
    same = found.at_ms == signal.at_ms and _same(found.inputs, signal.inputs)
    return Recomputed(agrees=same, figures=found.inputs)


def by_hand(
    signal: Signal, entry: Entry, series: Series, rows: Sequence[Reading]
) -> Recomputed | None:
    """A limit's opening decision: the last average, and the unbroken run of bad ones up to it.

    None for what is no opening of a limit.
    """
    if entry.kind != "limit" or "bad_windows" not in signal.inputs:
        return None
    averages = _averages(entry, series, rows, signal.at_ms)
    run = _bad_run(entry, series, averages)
    if not run:
        return Recomputed(agrees=False)
    start_ms, (at_ms, last, count) = run[0][0], run[-1]
    figures = {
        entry.statistic: last,
        "window_readings": float(count),
        "bad_windows": float(len(run)),
        "bad_for_s": (at_ms - start_ms) / 1000,
    }
    lasted = figures["bad_for_s"] >= entry.lasts_s
    many = len(run) >= entry.parameters["readings_min"]
    there = start_ms == signal.start_ms and at_ms == signal.at_ms
    same = all(_close(value, signal.inputs.get(name)) for name, value in figures.items())
    return Recomputed(agrees=lasted and many and there and same, figures=figures)


def _averages(
    entry: Entry, series: Series, rows: Sequence[Reading], until_ms: int
) -> list[tuple[int, float, int]]:
    """Time, average and readings of every window that holds at least half of what it should."""
    mine: dict[int, float] = {}
    for row in sorted(rows, key=lambda one: (one.time_ms, one.flag, one.value)):
        there = row.series_id == series.series_id and row.time_ms <= until_ms
        if there and row.flag == Flag.NORMAL and _judged(entry, series, row.time_ms):
            mine.setdefault(row.time_ms, row.value)
    window_ms = round(entry.average_s * 1000)
    need = max(1, math.ceil(entry.average_s / series.interval_s / 2))
    average = statistics.median if entry.statistic == "median" else statistics.fmean
    times = sorted(mine)
    found = []
    for at_ms in times:
        values = [mine[t] for t in times if at_ms - window_ms < t <= at_ms] or [mine[at_ms]]
        if len(values) >= need:
            found.append((at_ms, float(average(values)), len(values)))
    return found


def _bad_run(
    entry: Entry, series: Series, averages: Sequence[tuple[int, float, int]]
) -> list[tuple[int, float, int]]:
    """The last windows, as far back as all are outside and none is missing."""
    run: list[tuple[int, float, int]] = []
    for window in averages:
        if run and window[0] - run[-1][0] > gap_ms(series):
            run = []
        run = [*run, window] if _outside(entry, window[1]) else []
    return run


def _outside(entry: Entry, value: float) -> bool:
    below = entry.low is not None and value < entry.low
    return below or (entry.high is not None and value > entry.high)


def _judged(entry: Entry, series: Series, time_ms: int) -> bool:
    is_open = entry.when != "open" or bool(series.hours.open_at(np.array([time_ms]))[0])
    return is_open and entry.in_force(time_ms)


def _same(found: Mapping[str, float], recorded: Mapping[str, float]) -> bool:
    named = recorded.keys() - {"rejudged"}
    return found.keys() == named and all(_close(found[name], recorded[name]) for name in named)


def _close(found: float, recorded: float | None) -> bool:
    return recorded is not None and math.isclose(found, recorded, rel_tol=CLOSE, abs_tol=CLOSE)
