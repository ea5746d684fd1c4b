"""Owns what the readings engine remembers of each series. Must not judge.

What is small is stored with each commit (``SeriesState``). The latest readings themselves are not:
they lie in the database already, and ``recall_from`` says how far back a restart must read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.catalogue.entry import FAR_MS
from detectors.readings.columns import ordered
from detectors.readings.plan import Plan
from detectors.readings.recent import ROW, Recent, normal_of, packed
from detectors.types import Readings

NEVER_MS = -FAR_MS
HOUR_MS = 3_600_000


class LimitState(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
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


class StuckState(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The running stretch of unchanged values: range, first and last reading, open spell."""

    last_ms: int
    since_ms: int
    count: int
    low: float
    high: float
    start_ms: int = NEVER_MS


class SeriesState(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is stored of one series.

    Attributes:
        judged_ms: event time up to which it is decided; what comes at or before it is late.
        last_ms: last reading of any flag; ``NEVER_MS`` before the first.
        last_value: the last normal value; NaN before the first.
        dirty_ms: last normal value outside a limit.
        rolled_ms: readings before this are in minute roll-ups.
        oldest_ms: the oldest reading that is in no hour roll-up yet; ``FAR_MS`` for none.
        day_ms: start of the oldest day that has no roll-up yet; ``FAR_MS`` for none.
        limits, stucks, silences: by entry key; of a silence the start of its open spell.
    """

    series_id: int
    judged_ms: int = NEVER_MS
    last_ms: int = NEVER_MS
    last_value: float | None = None
    dirty_ms: int = NEVER_MS
    rolled_ms: int = NEVER_MS
    oldest_ms: int = FAR_MS
    day_ms: int = FAR_MS
    limits: dict[str, LimitState] = {}
    stucks: dict[str, StuckState] = {}
    silences: dict[str, int] = {}


@dataclass(slots=True)
class Spells:
    """Rule states of one series that are not in the table's columns."""

    limits: dict[str, LimitState] = field(default_factory=dict)
    stucks: dict[str, StuckState] = field(default_factory=dict)
    silences: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.limits or self.stucks or self.silences)


SLOT = np.dtype(
    [
        ("judged_ms", "i8"),
        ("last_ms", "i8"),
        ("last_value", "f8"),
        ("dirty_ms", "i8"),
        ("rolled_ms", "i8"),
        ("oldest_ms", "i8"),
        ("day_ms", "i8"),
        ("held_due_ms", "i8"),  # when held readings need a visit
        ("stuck_last", "i8"),  # the running stretch of the one stuck entry, see StuckState
        ("stuck_since", "i8"),
        ("stuck_n", "i8"),
        ("stuck_low", "f8"),
        ("stuck_high", "f8"),
        ("busy", "?"),  # it has Spells: judge it one by one
    ]
)


class EngineState:
    """What a partition's engine holds. ``step`` changes it in place.

    Attributes:
        table: ``SLOT`` by slot; ``due_ms`` beside it, as every step reads the whole of it: the
            earliest watermark that can change anything of a series without a new reading.
        group_due_ms: the same of each group, by its number in the plan.
        regrouped: the plan is new: groups may belong to other devices than they are stored with.
    """

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.table: NDArray[np.void] = np.zeros(0, SLOT)
        self.spells: dict[int, Spells] = {}
        self.recent: dict[int, Recent] = {}
        self.groups: dict[str, bytes] = {}
        self.watermark_ms = NEVER_MS
        self.regrouped = False
        self.strange: dict[int, SeriesState] = {}
        self._stored: list[SeriesState] = []
        self.due_ms: NDArray[np.int64] = np.zeros(0, np.int64)
        self.group_due_ms: NDArray[np.int64] = np.zeros(0, np.int64)

    def pending_ms(self, watermark_ms: int) -> int:
        """No reading that waits to be judged is at or before this."""
        if self.watermark_ms != NEVER_MS:
            return min(self.watermark_ms, watermark_ms)
        held = [
            int(np.frombuffer(recent.held, ROW, 1)["time_ms"][0])
            for recent in self.recent.values()
            if recent.held
        ]
        return min([watermark_ms, *held]) - 1

    def follow(self, plan: Plan) -> None:
        """Takes up a plan: a new register, other entries in force. Series keep what they have."""
        if plan is self.plan:
            return
        self.regrouped = True
        before = [*self._stored, *self.strange.values()]
        if self.plan is not None:
            touched = np.flatnonzero(self.table["rolled_ms"] != NEVER_MS)
            before += [self.stored(slot) for slot in touched.tolist()]
        self.plan, self._stored, self.strange = plan, [], {}
        self.table = np.zeros(len(plan), SLOT)
        for name in ("judged_ms", "last_ms", "dirty_ms", "rolled_ms"):
            self.table[name] = NEVER_MS
        for name in ("oldest_ms", "day_ms", "held_due_ms"):
            self.table[name] = FAR_MS
        self.due_ms = np.full(len(plan), FAR_MS, np.int64)
        self.group_due_ms = np.full(len(plan.numbered), FAR_MS, np.int64)
        self.table["last_value"] = np.nan
        self.spells = {}
        for state in before:
            self._take(plan, state)
        for key in self.groups.keys() & plan.groups.keys():
            self.group_due_ms[plan.groups[key].number] = NEVER_MS  # each says anew when it is due

    def load(self, states: Iterable[SeriesState], groups: dict[str, bytes]) -> None:
        """Takes over what was stored, to be filled in by the first ``follow``."""
        self._stored = list(states)
        self.groups = groups

    def recall_from(self, window_ms: int) -> dict[int, int]:
        """From when on the stored readings of each series are needed again, by series id."""
        return {
            state.series_id: min(
                state.oldest_ms,
                state.rolled_ms,
                FAR_MS if state.judged_ms == NEVER_MS else state.judged_ms - window_ms,
            )
            for state in self._stored
            if state.rolled_ms != NEVER_MS
        }

    def recall(self, rows: Readings) -> None:
        """Fills the latest readings in from the database; those that came late left out."""
        rolled = {state.series_id: state.rolled_ms for state in self._stored}
        rows, _ = ordered(rows)
        every = packed(rows)
        cuts = np.flatnonzero(np.diff(rows.series)) + 1
        for part in np.split(np.arange(len(rows)), cuts) if len(rows) else []:
            start, end = int(part[0]), int(part[-1]) + 1
            sid = int(rows.series[start])
            at = start + int(np.searchsorted(rows.time_ms[start:end], rolled[sid]))
            recent = self.recent[sid] = Recent()
            recent.tail += normal_of(every[start:at]).tobytes()
            recent.held = every[at:end].tobytes()

    def stored(self, slot: int) -> SeriesState:
        """What must be stored of a series."""
        assert self.plan is not None  # noqa: S101  there are no slots without a plan
        row = self.table[slot]
        spells = self.spells.get(slot) or Spells()
        stucks, key = spells.stucks, self.plan.stuck_key[slot]
        if key and key not in stucks and row["stuck_n"]:
            stucks = {**stucks, key: self.stretch(slot)}
        value = float(row["last_value"])
        return SeriesState(
            series_id=int(self.plan.series_ids[slot]),
            judged_ms=int(row["judged_ms"]),
            last_ms=int(row["last_ms"]),
            last_value=None if np.isnan(value) else value,
            dirty_ms=int(row["dirty_ms"]),
            rolled_ms=int(row["rolled_ms"]),
            oldest_ms=int(row["oldest_ms"]),
            day_ms=int(row["day_ms"]),
            limits=spells.limits,
            stucks=stucks,
            silences=spells.silences,
        )

    def stretch(self, slot: int) -> StuckState:
        """The running stretch in the table's columns."""
        row = self.table[slot]
        return StuckState(
            last_ms=int(row["stuck_last"]),
            since_ms=int(row["stuck_since"]),
            count=int(row["stuck_n"]),
            low=float(row["stuck_low"]),
            high=float(row["stuck_high"]),
        )

    def keep(self, slot: int, state: SeriesState) -> None:
        """Puts a series' state back; a calm stretch goes into the columns."""
        assert self.plan is not None  # noqa: S101  there are no slots without a plan
        row = self.table[slot]
        value = state.last_value
        row["judged_ms"], row["last_ms"] = state.judged_ms, state.last_ms
        row["last_value"] = np.nan if value is None else value
        row["dirty_ms"], row["rolled_ms"] = state.dirty_ms, state.rolled_ms
        row["oldest_ms"], row["day_ms"] = state.oldest_ms, state.day_ms
        stucks = dict(state.stucks)
        calm = stucks.get(self.plan.stuck_key[slot])
        if calm is not None and calm.start_ms == NEVER_MS:
            del stucks[self.plan.stuck_key[slot]]
            row["stuck_last"], row["stuck_since"] = calm.last_ms, calm.since_ms
            row["stuck_n"], row["stuck_low"], row["stuck_high"] = calm.count, calm.low, calm.high
        else:
            row["stuck_n"] = 0
        spells = Spells(limits=dict(state.limits), stucks=stucks, silences=dict(state.silences))
        row["busy"] = bool(spells)
        if spells:
            self.spells[slot] = spells
        else:
            self.spells.pop(slot, None)

    def _take(self, plan: Plan, state: SeriesState) -> None:
        slot = plan.slot_of(state.series_id)
        if slot < 0:
            self.strange[state.series_id] = state
            return
        self.keep(slot, state)
        self.due_ms[slot] = NEVER_MS  # the next step finds out


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


def expect(series_id: int, since_ms: int) -> SeriesState:
    """State of a series put into service at a moment: lets one that never reports fall silent."""
    return SeriesState(series_id=series_id, judged_ms=since_ms, last_ms=since_ms)
