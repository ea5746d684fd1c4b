"""Owns judging one series by every rule that covers it. Must not know other series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import Catalogue, Entry
from detectors.catalogue.quantities import QUANTITIES
from detectors.readings import limit, silence, stuck
from detectors.readings.state import NEVER_MS, LimitState, SeriesState, StuckState
from detectors.types import Flag, Series, Signal

_Rules = tuple[Entry, ...]
Times = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """One series' rows of a step, sorted: what is judged now, and what windows still need.

    Attributes:
        tail_time, tail_value: earlier normal readings, already judged.
        low, high: the tightest limits, to tell values that are good by all of them.
    """

    time_ms: Times
    value: Floats
    flag: NDArray[np.uint8]
    tail_time: Times
    tail_value: Floats
    low: float
    high: float


@dataclass(slots=True, kw_only=True, eq=False)
class _Draft:
    """The next state while rules fill it in."""

    limits: dict[str, LimitState]
    stucks: dict[str, StuckState]
    silences: dict[str, int]
    signals: list[Signal]
    judged_ms: int
    last_ms: int
    last_value: float | None
    dirty_ms: int


def judge_series(
    rules: _Rules,
    catalogue: Catalogue,
    series: Series,
    old: SeriesState,
    cut: Cut,
    *,
    watermark_ms: int,
) -> tuple[SeriesState, list[Signal]]:
    """Runs all rules over single series over what the watermark released."""
    draft = _Draft(
        limits=dict(old.limits),
        stucks=dict(old.stucks),
        silences=dict(old.silences),
        signals=[],
        judged_ms=old.judged_ms,
        last_ms=old.last_ms,
        last_value=old.last_value,
        dirty_ms=old.dirty_ms,
    )
    if len(cut.time_ms):
        _judge_possible(rules, series, cut, draft)
        _judge_values(rules, series, cut, draft)
        draft.judged_ms = draft.last_ms = int(cut.time_ms[-1])
    _judge_silence(rules, series, old, cut, draft, watermark_ms=watermark_ms)
    _expire(rules, catalogue, series, draft, watermark_ms)
    new = msgspec.structs.replace(
        old,
        judged_ms=draft.judged_ms,
        last_ms=draft.last_ms,
        last_value=draft.last_value,
        dirty_ms=draft.dirty_ms,
        limits=draft.limits,
        stucks=draft.stucks,
        silences=draft.silences,
    )
    return new, draft.signals


def _judge_possible(rules: _Rules, series: Series, cut: Cut, draft: _Draft) -> None:
    """Values that no such quantity can have, though the device called them normal."""
    known = QUANTITIES.get(series.quantity)
    for entry in rules:
        if entry.kind != "impossible" or known is None:
            continue
        if entry.key in draft.limits or (cut.flag == Flag.IMPOSSIBLE).any():
            asked = (cut.flag == Flag.NORMAL) | (cut.flag == Flag.IMPOSSIBLE)
            bounds = _as_limit(entry, known.low, known.high)
            before = len(draft.signals)
            _judge_limit(bounds, series, draft, cut.time_ms[asked], cut.value[asked], first=0)
            range_of = {"lowest_possible": known.low, "highest_possible": known.high}
            draft.signals[before:] = [
                msgspec.structs.replace(
                    one, low=None, high=None, unit=series.unit, inputs=one.inputs | range_of
                )
                for one in draft.signals[before:]
            ]


def _judge_values(rules: _Rules, series: Series, cut: Cut, draft: _Draft) -> None:
    """Runs the rules that look at normal values."""
    time_ms, value = cut.time_ms, cut.value
    if cut.flag.any():
        normal = cut.flag == Flag.NORMAL
        time_ms, value = time_ms[normal], value[normal]
    if not len(time_ms):
        return
    first = len(cut.tail_time)
    all_time = np.concatenate([cut.tail_time, time_ms]) if first else time_ms
    all_value = np.concatenate([cut.tail_value, value]) if first else value
    lowest, highest = float(all_value.min()), float(all_value.max())
    for entry in rules:
        if entry.kind == "limit" and entry.unit == series.unit:
            if entry.key in draft.limits or not _all_good(entry, lowest, highest):
                _judge_limit(entry, series, draft, all_time, all_value, first=first)
        elif entry.kind == "jump" and entry.unit == series.unit:
            _judge_jump(entry, series, draft, time_ms, value)
        elif entry.kind == "stuck":
            stretch = draft.stucks.pop(entry.key, None)
            stretch, found = stuck.judge(entry, series, stretch, time_ms, value)
            draft.signals += found
            if stretch is not None:
                draft.stucks[entry.key] = stretch
    outside = np.flatnonzero((value < cut.low) | (value > cut.high))
    if len(outside):
        draft.dirty_ms = int(time_ms[outside[-1]])
    draft.last_value = float(value[-1])


def _judge_jump(entry: Entry, series: Series, draft: _Draft, time_ms: Times, value: Floats) -> None:
    before = value[0] if draft.last_value is None else draft.last_value
    step = np.abs(np.diff(value, prepend=before))
    if entry.key in draft.limits or (entry.high is not None and step.max() > entry.high):
        _judge_limit(_as_limit(entry, None, entry.high), series, draft, time_ms, step, first=0)


def _judge_limit(
    entry: Entry, series: Series, draft: _Draft, time_ms: Times, value: Floats, *, first: int
) -> None:
    state = draft.limits.pop(entry.key, None)
    left, found = limit.judge(entry, series, state, time_ms=time_ms, value=value, first=first)
    draft.signals += found
    if left is not None:
        draft.limits[entry.key] = left


def _as_limit(entry: Entry, low: float | None, high: float | None) -> Entry:
    """The same entry as limits on single values, or on something made of them."""
    parameters = {"readings_min": 1.0} | entry.parameters
    return msgspec.structs.replace(entry, low=low, high=high, average_s=0.0, parameters=parameters)


def _all_good(entry: Entry, lowest: float, highest: float) -> bool:
    """Whether no window can be bad: an average lies among its values."""
    return (entry.low is None or lowest >= entry.low) and (
        entry.high is None or highest <= entry.high
    )


def _judge_silence(
    rules: _Rules, series: Series, old: SeriesState, cut: Cut, draft: _Draft, *, watermark_ms: int
) -> None:
    for entry in rules:
        if entry.kind != "silence":
            continue
        start_ms = draft.silences.pop(entry.key, NEVER_MS)
        start_ms, found = silence.judge(
            entry,
            series,
            start_ms,
            last_ms=old.last_ms,
            times=cut.time_ms,
            watermark_ms=watermark_ms,
        )
        draft.signals += found
        if start_ms != NEVER_MS:
            draft.silences[entry.key] = start_ms
            if found:  # what comes later than the deadline's decision is late
                draft.judged_ms = max(draft.judged_ms, found[-1].at_ms)


def _expire(
    rules: _Rules, catalogue: Catalogue, series: Series, draft: _Draft, watermark_ms: int
) -> None:
    """Drops rule states whose entry the watermark has left behind, ending their spells.

    The same where an entry covers the series no longer: its kind of site was corrected.
    """
    held = {rule.key for rule in rules}

    def ended(keys: Iterable[str]) -> Iterator[tuple[str, Entry | None, int]]:
        for key in list(keys):
            entry = catalogue.by_key(key)
            if entry is None or key not in held or entry.to_ms <= watermark_ms:
                yield key, entry, min(entry.to_ms if entry else watermark_ms, watermark_ms)

    for key, entry, at_ms in ended(draft.limits):
        state = draft.limits.pop(key)
        draft.signals += limit.expire(entry, series, state, at_ms) if entry else []
    for key, entry, at_ms in ended(draft.stucks):
        stretch = draft.stucks.pop(key)
        draft.signals += stuck.expire(entry, series, stretch, at_ms) if entry else []
    for key, entry, at_ms in ended(draft.silences):
        start_ms = draft.silences.pop(key)
        draft.signals += silence.expire(entry, series, start_ms, at_ms) if entry else []
