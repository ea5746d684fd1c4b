"""The readings stage: raw messages to stored readings, roll-ups, raw batches and signals.

Lateness is judged message by message, against the watermark that the messages before it set, so
that the result does not depend on how many messages a worker happened to take at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from detectors import readings as engine
from detectors.catalogue import Catalogue
from detectors.readings.skew import SkewState
from detectors.readings.skew import judge as judge_skew
from detectors.types import Readings, Series, Signal
from pipelines import codec, metrics, topics
from pipelines.errors import BadMessage
from pipelines.hj212 import read as read_hj212
from pipelines.readings import rows
from pipelines.readings.gather import EARLIEST_MS, Asked, Gathered, gather
from pipelines.readings.message import Block, parse
from pipelines.readings.seen import Seen, Verdict
from pipelines.registry.snapshot import Registry
from pipelines.stage import Count, Effect, Emit, Message, Outcome, Recall, Refuse, Save


class Clock(msgspec.Struct):
    """Event time of a partition: everything up to ``watermark_ms`` has been judged."""

    watermark_ms: int = 0


class DeviceState(msgspec.Struct):
    """What is stored of a device: its numbers, its series, and rules over its series alone."""

    seen: Seen
    skew: SkewState = SkewState()
    series: list[engine.SeriesState] = []
    groups: dict[str, bytes] = {}


@dataclass(slots=True)
class ReadingsState:
    """What the stage remembers of one partition."""

    clock: Clock = field(default_factory=Clock)
    seen: dict[str, Seen] = field(default_factory=dict)
    skew: dict[str, SkewState] = field(default_factory=dict)
    engine: engine.EngineState = field(default_factory=engine.EngineState)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A message that may be judged."""

    message: Message
    envelope: codec.Envelope
    device: str
    seq: int
    verdict: Verdict
    watermark_ms: int
    asked: Asked


@dataclass(slots=True)
class _Run:
    """What a run of messages has come to so far."""

    effects: list[Effect] = field(default_factory=list)
    taken: list[_Taken] = field(default_factory=list)
    devices: set[str] = field(default_factory=set)
    signals: list[Signal] = field(default_factory=list)
    duplicates: int = 0
    watermarks: list[int] = field(default_factory=list)
    logged: list[int] = field(default_factory=list)


class ReadingsStage:
    """Judges gateway messages by the rules over readings."""

    name = "readings"
    topic = topics.READINGS

    def __init__(
        self, registry: Registry, catalogue: Catalogue, *, lateness_ms: int, future_ms: int
    ) -> None:
        self._registry = registry
        self._catalogue = catalogue
        self._lateness_ms = lateness_ms
        self._future_ms = future_ms
        self._skews = [entry for entry in catalogue.entries if entry.kind == "clock_skew"]
        self._window_ms = int(1000 * max((e.average_s for e in catalogue.entries), default=0))

    def load(self, stored: Mapping[str, bytes]) -> ReadingsState:
        """Rebuilds a partition's state from its stored parts."""
        state = ReadingsState()
        series: list[engine.SeriesState] = []
        groups: dict[str, bytes] = {}
        for key, value in stored.items():
            kind, _, name = key.partition("/")
            if kind == "clock":
                state.clock = msgspec.msgpack.decode(value, type=Clock)
            elif kind == "device":
                device = msgspec.msgpack.decode(value, type=DeviceState)
                state.seen[name], state.skew[name] = device.seen, device.skew
                series += device.series
                groups |= device.groups
            else:
                groups[name] = value
        state.engine.load(series, groups)
        if state.clock.watermark_ms:  # what came into force since then must not be stepped over
            state.engine.watermark_ms = state.clock.watermark_ms
        return state

    def recall(self, state: ReadingsState) -> Recall | None:
        """Asks for the latest stored readings, which are not stored twice in the state."""
        since = state.engine.recall_from(self._window_ms)
        if not since:
            return None
        params = {
            "since": {str(sid): ms for sid, ms in since.items()},
            "least_ms": min(since.values()),
        }
        return Recall("readings_recall", params)

    def recalled(self, state: ReadingsState, found: Sequence[Mapping[str, object]]) -> None:
        """Takes the stored readings in."""
        state.engine.recall(rows.recalled(found))

    async def handle(
        self, state: ReadingsState, messages: Sequence[Message], *, now_ms: int
    ) -> Outcome:
        """Judges a run of messages of one partition. Wall clock is not used."""
        del now_ms
        run = _Run()
        for message in messages:
            try:
                self._take(state, message, run)
            except BadMessage as error:
                run.effects.append(Refuse(message, error, _original(message)))
        found = gather([taken.asked for taken in run.taken])
        judged = self._store(run, found)
        result = engine.step(
            state.engine,
            judged,
            watermark_ms=state.clock.watermark_ms,
            series=self._registry.series,
            catalogue=self._catalogue,
        )
        metrics.UNJUDGED.set(len(result.refused))
        changed = self._changed(state, run, result)
        effects = [
            *run.effects,
            *rows.rolled_up(result),
            *self._sent(run.signals + result.signals, run),
        ]
        return Outcome(effects, changed)

    def _take(self, state: ReadingsState, message: Message, run: _Run) -> None:
        envelope = codec.decode(message.value, codec.Envelope)
        watermark_ms = state.clock.watermark_ms
        state.clock.watermark_ms = max(watermark_ms, envelope.received_ms - self._lateness_ms)
        run.watermarks.append(state.clock.watermark_ms)
        run.logged.append(envelope.logged_ms)
        if envelope.kind == "tick":
            return
        device, seq, blocks = self._read(envelope)
        known = self._registry.series_of(device, envelope.received_ms)
        if not known and device not in self._registry.by_device:
            raise BadMessage("unknown_device", f"{device} is not registered")
        if not known:
            raise BadMessage("not_placed", f"{device} stands nowhere at that moment")
        if any(series.site_id != envelope.gateway for series in known.values()):
            raise BadMessage("foreign_device", f"{device} is not at {envelope.gateway}")
        if not any(block.t for block in blocks):
            raise BadMessage("no_readings", f"{device} sent a message without a reading")
        seen = state.seen.setdefault(device, Seen())
        verdict = seen.take(
            seq,
            envelope.sha256,
            lambda: min((min(block.t) for block in blocks if block.t), default=0),
        )
        if verdict is Verdict.CONFLICT:
            raise BadMessage(
                "conflicting_duplicate", f"{device} sent number {seq} before, with other content"
            )
        if verdict is Verdict.DUPLICATE:
            run.duplicates += 1
            return
        run.devices.add(device)
        latest_ms = envelope.received_ms + self._future_ms
        newest = [
            t for block in blocks if block.t and EARLIEST_MS <= (t := block.t[-1]) <= latest_ms
        ]
        seen.newest_ms = max([seen.newest_ms, *newest])
        if newest:
            self._judge_clock(
                state,
                run,
                device,
                known[min(known)],
                arrived_ms=envelope.received_ms,
                newest_ms=max(newest),
            )
        run.taken.append(
            _Taken(
                message=message,
                envelope=envelope,
                device=device,
                seq=seq,
                verdict=verdict,
                watermark_ms=watermark_ms,
                asked=Asked(blocks=blocks, known=known, latest_ms=latest_ms),
            )
        )

    def _judge_clock(
        self,
        state: ReadingsState,
        run: _Run,
        device: str,
        where: Series,
        *,
        arrived_ms: int,
        newest_ms: int,
    ) -> None:
        for entry in self._skews:
            if entry.in_force(arrived_ms):
                before = state.skew.get(device, SkewState())
                state.skew[device], found = judge_skew(
                    entry, where, before, newest_ms=newest_ms, arrived_ms=arrived_ms
                )
                run.signals += found

    def _read(self, envelope: codec.Envelope) -> tuple[str, int, Sequence[Block]]:
        if envelope.wire != "hj212":
            parsed = parse(envelope.raw, envelope.wire)
            return parsed.device, parsed.seq, parsed.series
        sent = read_hj212(envelope.raw)
        device = self._registry.device_of_station(sent.mn, envelope.received_ms)
        if device is None:
            raise BadMessage("unknown_station", f"MN {sent.mn} is not registered")
        return device, sent.seq, sent.blocks

    def _store(self, run: _Run, found: Gathered) -> Readings:
        """Effects of the run's messages; returns the readings that came in time."""
        run.effects += [
            Refuse(run.taken[number].message, fault, run.taken[number].envelope.raw)
            for number, fault in found.faults
        ]
        readings, message = found.readings, found.message
        marks = np.array([taken.watermark_ms for taken in run.taken], np.int64)
        in_time = readings.time_ms > marks[message] if len(message) else np.zeros(0, np.bool_)
        stale = self._stale(run, message, in_time)
        if stale:
            keep = ~np.isin(message, list(stale))
            readings, message, in_time = readings.where(keep), message[keep], in_time[keep]
        starts = np.flatnonzero(np.diff(message, prepend=-1))
        if len(starts):
            first = np.minimum.reduceat(readings.time_ms, starts).tolist()
            last = np.maximum.reduceat(readings.time_ms, starts).tolist()
            for number, first_ms, last_ms in zip(
                message[starts].tolist(), first, last, strict=True
            ):
                run.effects.append(_raw_batch(run.taken[number], first_ms, last_ms))
        partition = run.taken[0].message.partition if run.taken else 0
        run.effects += rows.stored(
            readings, ~in_time, duplicates=run.duplicates, partition=partition
        )
        return readings if in_time.all() else readings.where(in_time)

    @staticmethod
    def _stale(
        run: _Run, message: np.ndarray[tuple[int], np.dtype[np.int32]], in_time: rows.Bools
    ) -> set[int]:
        """Messages too old to tell from a duplicate, and late as well: refused."""
        stale = set()
        for number, taken in enumerate(run.taken):
            mine = message == number if taken.verdict is Verdict.OLD else None
            if mine is None or not mine.any() or in_time[mine].any():
                continue
            stale.add(number)
            why = f"number {taken.seq} is too old to tell from a duplicate"
            run.effects.append(Refuse(taken.message, BadMessage("stale", why), taken.envelope.raw))
        return stale

    def _changed(
        self, state: ReadingsState, run: _Run, result: engine.StepResult
    ) -> dict[str, bytes | None]:
        changed: dict[str, bytes | None] = {"clock": msgspec.msgpack.encode(state.clock)}
        plan = state.engine.plan
        if plan is None:
            return changed
        devices = run.devices | {plan.series[sid].device_id for sid in result.touched}
        for key in result.groups:
            owner = plan.owner_of(key)
            if owner:
                devices.add(owner)
            else:
                changed[f"group/{key}"] = state.engine.groups[key]
            if result.regrouped and key in plan.groups:  # it may have been stored elsewhere
                devices |= {series.device_id for series in plan.groups[key].group.members}
                if owner:
                    changed[f"group/{key}"] = None
        for device in devices:
            kept = DeviceState(
                seen=state.seen.get(device) or Seen(),
                skew=state.skew.get(device) or SkewState(),
                series=[state.engine.stored(slot) for slot in plan.slots_of_device(device)],
                groups={
                    key: value
                    for key in plan.groups_of_device(device)
                    if (value := state.engine.groups.get(key))
                },
            )
            changed[f"device/{device}"] = msgspec.msgpack.encode(kept)
        return changed

    def _sent(self, signals: Sequence[Signal], run: _Run) -> Iterator[Effect]:
        for signal in signals:
            # The first message that let the watermark pass the moment is the one that decided.
            decided = min(bisect_left(run.watermarks, signal.at_ms), len(run.logged) - 1)
            input_at_ms = run.logged[decided] if run.logged else 0
            wire = codec.SignalMessage(signal=signal, input_at_ms=input_at_ms)
            yield Emit(topics.SIGNALS, signal.site_id.encode(), codec.encode(wire))


def _original(message: Message) -> bytes:
    """The sender's own bytes where the envelope can be read, else the record's."""
    try:
        return codec.decode(message.value, codec.Envelope).raw
    except BadMessage:
        return message.value


def _raw_batch(taken: _Taken, first_ms: int, last_ms: int) -> Save:
    envelope = taken.envelope
    return Save(
        "readings_raw_batch",
        {
            "sha256": envelope.sha256,
            "device_id": taken.device,
            "seq": taken.seq,
            "received_ms": envelope.received_ms,
            "first_ms": first_ms,
            "last_ms": last_ms,
            "partition": taken.message.partition,
            "message_offset": taken.message.offset,
            "watermark_ms": taken.watermark_ms,
            "wire": envelope.wire,
            "original": envelope.raw,
        },
    )


__all__ = ["Clock", "Count", "DeviceState", "ReadingsStage", "ReadingsState"]
