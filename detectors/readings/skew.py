"""Owns the ``clock_skew`` rule: a device whose clock is not in step. Must not judge values.

What can be seen is the newest reading of a message against the moment it arrived. A clock that is
ahead shows readings from the future. One that is behind looks like slow delivery, but steadily so:
a device that sends what it kept back catches up instead.
"""

from __future__ import annotations

import msgspec

from detectors.catalogue import Entry
from detectors.readings.judged import signal
from detectors.readings.state import NEVER_MS
from detectors.types import Phase, Series, Signal


class SkewState(msgspec.Struct, frozen=True, kw_only=True):
    """The latest offsets of a device (newest reading less arrival, ms), and its open spell."""

    offsets: tuple[int, ...] = ()
    start_ms: int = NEVER_MS


def judge(
    entry: Entry, series: Series, state: SkewState, *, newest_ms: int, arrived_ms: int
) -> tuple[SkewState, list[Signal]]:
    """Judges one message, in the order of arrival.

    Args:
        series: any of the device's, to say where it is.
        newest_ms: of the message's readings.
    """
    count = int(entry.parameters["messages_n"])
    offsets = (*state.offsets, newest_ms - arrived_ms)[-count:]
    state = SkewState(offsets=offsets, start_ms=state.start_ms)
    if len(offsets) < count:
        return state, []
    off = _off(entry, offsets)
    if off == (state.start_ms != NEVER_MS):
        return state, []
    if off:
        found = _signal(entry, series, Phase.OPENED, arrived_ms, offsets, start_ms=arrived_ms)
        return SkewState(offsets=offsets, start_ms=arrived_ms), [found]
    found = _signal(entry, series, Phase.CLOSED, arrived_ms, offsets, start_ms=state.start_ms)
    return SkewState(offsets=offsets), [found]


def _off(entry: Entry, offsets: tuple[int, ...]) -> bool:
    if min(offsets) > entry.parameters["ahead_s"] * 1000:
        return True
    steady = max(offsets) - min(offsets) <= entry.parameters["steady_s"] * 1000
    return steady and max(offsets) < -entry.parameters["behind_s"] * 1000


def _signal(
    entry: Entry,
    series: Series,
    phase: Phase,
    at_ms: int,
    offsets: tuple[int, ...],
    *,
    start_ms: int,
) -> Signal:
    offset_s = sorted(offsets)[len(offsets) // 2] / 1000
    return signal(
        entry, series, phase, start_ms=start_ms, at_ms=at_ms, value=offset_s, unit="s",
        inputs={"offset_s": offset_s, "messages": float(len(offsets))},
    )  # fmt: skip
