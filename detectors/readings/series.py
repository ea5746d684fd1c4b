"""Owns judging one series by every rule that covers it. Must not know other series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import Catalogue, Entry
from detectors.catalogue.entry import FAR_MS
from detectors.readings import limit, silence, stuck
from detectors.readings.state import NEVER_MS, LimitState, SeriesState, StuckState
from detectors.types import Flag, Series, Signal

_Rules = tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """One series' rows of a step: how many came late, what is judged now and what waits."""

    late: int
    time_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    flag: NDArray[np.uint8]
    held_time: NDArray[np.int64]
    held_value: NDArray[np.float64]
    held_flag: NDArray[np.uint8]


@dataclass(slots=True, kw_only=True, eq=False)
class _Draft:
    """The next state while rules fill it in."""

    limits: dict[str, LimitState]
    stucks: dict[str, StuckState]
    silences: dict[str, int]
    signals: list[Signal]
    judged_ms: int
    last_ms: int


def judge_series(
    rules: _Rules,
    catalogue: Catalogue,
    series: Series,
    old: SeriesState,
    cut: Cut,
    *,
    repeated: int,
    watermark_ms: int,
) -> tuple[SeriesState, list[Signal]]:
    """Runs limit, stuck and silence rules over what the watermark released."""
    draft = _Draft(
        limits=dict(old.limits),
        stucks=dict(old.stucks),
        silences=dict(old.silences),
        signals=[],
        judged_ms=old.judged_ms,
        last_ms=old.last_ms,
    )
    tail_time, tail_value = old.tail_time, old.tail_value
    if len(cut.time_ms):
        tail_time, tail_value = _judge_values(rules, series, old, cut, draft)
        draft.judged_ms = draft.last_ms = int(cut.time_ms[-1])
    _judge_silence(rules, series, old, cut, draft, watermark_ms=watermark_ms)
    _expire(catalogue, series, draft, watermark_ms)
    held_from = int(cut.held_time[0]) if len(cut.held_time) else FAR_MS
    new = SeriesState(
        judged_ms=draft.judged_ms,
        last_ms=draft.last_ms,
        held_time=cut.held_time.tobytes(),
        held_value=cut.held_value.tobytes(),
        held_flag=cut.held_flag.tobytes(),
        tail_time=tail_time,
        tail_value=tail_value,
        limits=draft.limits,
        stucks=draft.stucks,
        silences=draft.silences,
        bags=old.bags,
        bags_due_ms=old.bags_due_ms,
        due_ms=min(held_from, _due_ms(rules, catalogue, series, draft)),
        late=old.late + cut.late,
        repeated=old.repeated + repeated,
    )
    return new, draft.signals


def _judge_values(
    rules: _Rules, series: Series, old: SeriesState, cut: Cut, draft: _Draft
) -> tuple[bytes, bytes]:
    """Runs the rules that look at values; returns the new tail."""
    time_ms, value = cut.time_ms, cut.value
    if cut.flag.any():
        normal = cut.flag == Flag.NORMAL
        time_ms, value = time_ms[normal], value[normal]
    if not len(time_ms):
        return old.tail_time, old.tail_value
    before_time, before_value = old.tail()
    first = len(before_time)
    all_time = np.concatenate([before_time, time_ms]) if first else time_ms
    all_value = np.concatenate([before_value, value]) if first else value
    lowest, highest = float(all_value.min()), float(all_value.max())
    longest_s = 0.0
    for entry in rules:
        if entry.kind == "limit" and entry.unit == series.unit:
            longest_s = max(longest_s, entry.average_s)
            if entry.key in draft.limits or not _all_good(entry, lowest, highest):
                state = draft.limits.pop(entry.key, None)
                left, found = limit.judge(
                    entry, series, state, time_ms=all_time, value=all_value, first=first
                )
                draft.signals += found
                if left is not None:
                    draft.limits[entry.key] = left
        elif entry.kind == "stuck":
            stretch = draft.stucks.pop(entry.key, None)
            stretch, found = stuck.judge(entry, series, stretch, time_ms, value)
            draft.signals += found
            if stretch is not None:
                draft.stucks[entry.key] = stretch
    since = int(np.searchsorted(all_time, all_time[-1] - int(longest_s * 1000), side="right"))
    if not longest_s:
        since = len(all_time)
    return all_time[since:].tobytes(), all_value[since:].tobytes()


def _all_good(entry: Entry, lowest: float, highest: float) -> bool:
    """Whether no window can be bad: a median lies among its values."""
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


def _expire(catalogue: Catalogue, series: Series, draft: _Draft, watermark_ms: int) -> None:
    """Drops rule states whose entry the watermark has left behind, ending their spells."""
    for key in list(draft.limits):
        entry = catalogue.by_key(key)
        if entry is not None and entry.to_ms <= watermark_ms:
            draft.signals += limit.expire(entry, series, draft.limits.pop(key))
    for key in list(draft.stucks):
        entry = catalogue.by_key(key)
        if entry is not None and entry.to_ms <= watermark_ms:
            draft.signals += stuck.expire(entry, series, draft.stucks.pop(key))


def _due_ms(rules: _Rules, catalogue: Catalogue, series: Series, draft: _Draft) -> int:
    """The earliest watermark that can change something without a new reading."""
    due = [
        draft.last_ms + silence.longest_ms(entry, series)
        for entry in rules
        if entry.kind == "silence" and entry.key not in draft.silences and draft.last_ms != NEVER_MS
    ]
    open_keys = [k for k, s in draft.limits.items() if s.start_ms != NEVER_MS]
    open_keys += [k for k, s in draft.stucks.items() if s.start_ms != NEVER_MS]
    due += [entry.to_ms for key in open_keys if (entry := catalogue.by_key(key)) is not None]
    return min(due, default=FAR_MS)
