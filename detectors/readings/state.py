"""Owns what the readings engine remembers of each series. Must not judge."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.catalogue.entry import FAR_MS
from detectors.types import Readings

NEVER_MS = -FAR_MS


class LimitState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a ``limit`` rule stands; absent when all is well.

    Attributes:
        last_ms: the last judged window.
        bad_ms, bad_n: first window of the running bad run and its length; ``NEVER_MS`` for none.
        good_ms: first window of the running good run.
        start_ms: start of the open spell, ``NEVER_MS`` when none is open.
        worst: the value farthest outside, of the bad run or the open spell.
    """

    last_ms: int
    bad_ms: int = NEVER_MS
    bad_n: int = 0
    good_ms: int = NEVER_MS
    good_n: int = 0
    start_ms: int = NEVER_MS
    worst: float = 0.0


class StuckState(msgspec.Struct, frozen=True, kw_only=True):
    """The running stretch of unchanged values: range, first and last reading, open spell."""

    last_ms: int
    since_ms: int
    count: int
    low: float
    high: float
    start_ms: int = NEVER_MS


class Bag(msgspec.Struct, frozen=True, kw_only=True):
    """A bag in the room: when it was weighed in and which entries' spells are open for it."""

    in_ms: int
    opened: tuple[str, ...] = ()


class SeriesState(msgspec.Struct, frozen=True, kw_only=True):
    """All that is remembered of one series.

    Attributes:
        judged_ms: event time up to which it is decided; what comes at or before it is late.
        last_ms: last reading of any flag; ``NEVER_MS`` before the first.
        held_*: readings above the watermark, sorted: int64, float64 and uint8 as raw bytes.
        tail_*: normal readings still inside the longest averaging window, sorted.
        silences: start of the open spell by entry key.
        bags: bag number to bag, on the series that weighs in.
        bags_due_ms: when the next bag's clock runs out.
        due_ms: the earliest watermark that can change anything else without new readings.
    """

    judged_ms: int = NEVER_MS
    last_ms: int = NEVER_MS
    held_time: bytes = b""
    held_value: bytes = b""
    held_flag: bytes = b""
    tail_time: bytes = b""
    tail_value: bytes = b""
    limits: dict[str, LimitState] = {}
    stucks: dict[str, StuckState] = {}
    silences: dict[str, int] = {}
    bags: dict[int, Bag] = {}
    bags_due_ms: int = FAR_MS
    due_ms: int = FAR_MS
    late: int = 0
    repeated: int = 0

    @property
    def next_ms(self) -> int:
        """A step whose watermark is below this has nothing to do without new readings."""
        return min(self.due_ms, self.bags_due_ms)

    def held(self, series_id: int) -> Readings:
        """The readings that wait for the watermark."""
        time_ms = np.frombuffer(self.held_time, np.int64)
        return Readings(
            time_ms=time_ms,
            series=np.full(len(time_ms), series_id, np.int32),
            value=np.frombuffer(self.held_value, np.float64),
            flag=np.frombuffer(self.held_flag, np.uint8),
        )

    def tail(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Times and values still needed for trailing windows."""
        return np.frombuffer(self.tail_time, np.int64), np.frombuffer(self.tail_value, np.float64)


@dataclass(slots=True)
class EngineState:
    """What a partition's engine holds: series id to state. ``step`` reads it, never writes it."""

    series: dict[int, SeriesState] = field(default_factory=dict)

    def absorb(self, changed: dict[int, SeriesState]) -> None:
        """Takes over what a step changed, once the runtime has committed it."""
        self.series.update(changed)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(SeriesState)


def encode_state(state: SeriesState) -> bytes:
    """One series' state as msgpack."""
    return _ENCODER.encode(state)


def decode_state(raw: bytes) -> SeriesState:
    """The reverse of ``encode_state``.

    Raises:
        msgspec.MsgspecError: not a series state.
    """
    return _DECODER.decode(raw)


def expect(since_ms: int) -> SeriesState:
    """State of a series put into service at a moment: lets one that never reports fall silent."""
    return SeriesState(judged_ms=since_ms, last_ms=since_ms, due_ms=since_ms)
