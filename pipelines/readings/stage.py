"""The readings stage: raw messages to stored readings, raw batches and signals.

Lateness is judged message by message, against the watermark that the messages before it set, so
that the result does not depend on how many messages a worker happened to take at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from detectors import readings as engine
from detectors.catalogue import Catalogue
from detectors.types import Readings, Signal
from pipelines import codec, topics
from pipelines.errors import BadMessage
from pipelines.readings.message import DeviceMessage, columns, parse
from pipelines.registry.snapshot import Registry
from pipelines.stage import Copy, Count, Effect, Emit, Message, Outcome, Refuse, Save
from pipelines.store.pgcopy import Table

COLUMNS = ("timestamptz", "int4", "float8", "int2")
ROW = np.dtype([("time", "M8[ms]"), ("series_id", "i4"), ("value", "f8"), ("flag", "i2")])
"""A stored reading: columns and their types as ``store.pgcopy`` sends them."""

SEQS_REMEMBERED = 512
"""Per device: one older than these, and late as well, can no longer be told from a duplicate."""


class Clock(msgspec.Struct):
    """Event time of a partition: everything up to ``watermark_ms`` has been judged."""

    watermark_ms: int = 0


class Seen(msgspec.Struct):
    """Sequence numbers of a device's latest messages, each with its digest."""

    digests: dict[int, str] = {}
    forgotten: int = -1

    def remember(self, seq: int, sha256: str) -> None:
        """Adds one and forgets the oldest beyond ``SEQS_REMEMBERED``."""
        self.digests[seq] = sha256
        while len(self.digests) > SEQS_REMEMBERED:
            oldest = next(iter(self.digests))
            self.forgotten = max(self.forgotten, oldest)
            del self.digests[oldest]


@dataclass(slots=True)
class ReadingsState:
    """What the stage remembers of one partition."""

    clock: Clock = field(default_factory=Clock)
    seen: dict[str, Seen] = field(default_factory=dict)
    engine: engine.EngineState = field(default_factory=engine.EngineState)


@dataclass(slots=True)
class _Run:
    """What a run of messages has come to so far."""

    effects: list[Effect] = field(default_factory=list)
    stored: list[Readings] = field(default_factory=list)
    judged: list[Readings] = field(default_factory=list)
    devices: set[str] = field(default_factory=set)
    late: int = 0
    duplicates: int = 0
    input_at_ms: int = 0


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

    def load(self, stored: Mapping[str, bytes]) -> ReadingsState:
        """Rebuilds a partition's state from its stored parts."""
        state = ReadingsState()
        for key, value in stored.items():
            kind, _, name = key.partition("/")
            if kind == "clock":
                state.clock = msgspec.msgpack.decode(value, type=Clock)
            elif kind == "seen":
                state.seen[name] = msgspec.msgpack.decode(value, type=Seen)
            else:
                state.engine.series[int(name)] = engine.decode_state(value)
        return state

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
        result = engine.step(
            state.engine,
            Readings.concat(run.judged),
            watermark_ms=state.clock.watermark_ms,
            series=self._registry.series,
            catalogue=self._catalogue,
        )
        state.engine.absorb(result.changed)
        changed: dict[str, bytes | None] = {"clock": msgspec.msgpack.encode(state.clock)}
        changed |= {f"seen/{d}": msgspec.msgpack.encode(state.seen[d]) for d in run.devices}
        changed |= {f"series/{k}": engine.encode_state(v) for k, v in result.changed.items()}
        return Outcome([*run.effects, *_stored(run), *self._sent(result.signals, run)], changed)

    def _take(self, state: ReadingsState, message: Message, run: _Run) -> None:
        envelope = codec.decode(message.value, codec.Envelope)
        run.input_at_ms = max(run.input_at_ms, envelope.logged_ms)
        watermark_ms = state.clock.watermark_ms
        state.clock.watermark_ms = max(watermark_ms, envelope.received_ms - self._lateness_ms)
        if envelope.kind == "tick":
            return
        parsed = parse(envelope.raw)
        known = self._registry.by_device.get(parsed.device)
        if known is None:
            raise BadMessage("unknown_device", f"{parsed.device} is not registered")
        if any(series.site_id != envelope.gateway for series in known.values()):
            raise BadMessage("foreign_device", f"{parsed.device} is not at {envelope.gateway}")
        if self._is_duplicate(state, parsed, envelope, run):
            return
        found = columns(parsed, known, latest_ms=envelope.received_ms + self._future_ms)
        run.effects += [Refuse(message, fault, envelope.raw) for fault in found.faults]
        if not len(found.readings):
            return
        in_time = found.readings.time_ms > watermark_ms
        if parsed.seq <= state.seen[parsed.device].forgotten and not in_time.any():
            raise BadMessage("stale", f"number {parsed.seq} is too old to tell from a duplicate")
        run.effects.append(_raw_batch(message, parsed, envelope, found.readings, watermark_ms))
        run.late += int((~in_time).sum())
        run.stored.append(found.readings)
        run.judged.append(found.readings.where(in_time))

    def _is_duplicate(
        self, state: ReadingsState, parsed: DeviceMessage, envelope: codec.Envelope, run: _Run
    ) -> bool:
        seen = state.seen.setdefault(parsed.device, Seen())
        before = seen.digests.get(parsed.seq)
        if before is None:
            seen.remember(parsed.seq, envelope.sha256)
            run.devices.add(parsed.device)
            return False
        if before != envelope.sha256:
            raise BadMessage(
                "conflicting_duplicate",
                f"{parsed.device} sent number {parsed.seq} before, with other content",
            )
        run.duplicates += 1
        return True

    def _sent(self, signals: Sequence[Signal], run: _Run) -> Iterator[Effect]:
        for signal in signals:
            wire = codec.SignalMessage(signal=signal, input_at_ms=run.input_at_ms)
            yield Emit(topics.SIGNALS, signal.site_id.encode(), codec.encode(wire))


def _original(message: Message) -> bytes:
    """The sender's own bytes where the envelope can be read, else the record's."""
    try:
        return codec.decode(message.value, codec.Envelope).raw
    except BadMessage:
        return message.value


def _raw_batch(
    message: Message,
    parsed: DeviceMessage,
    envelope: codec.Envelope,
    readings: Readings,
    watermark_ms: int,
) -> Save:
    return Save(
        "readings_raw_batch",
        {
            "sha256": envelope.sha256,
            "device_id": parsed.device,
            "seq": parsed.seq,
            "received_ms": envelope.received_ms,
            "first_ms": int(readings.time_ms.min()),
            "last_ms": int(readings.time_ms.max()),
            "partition": message.partition,
            "message_offset": message.offset,
            "watermark_ms": watermark_ms,
            "original": envelope.raw,
        },
    )


def _stored(run: _Run) -> Iterator[Effect]:
    rows = Readings.concat(run.stored)
    if len(rows):
        yield Copy("readings_copy", COLUMNS, _table(rows))
        yield Count("readings_stored", len(rows))
    if run.late:
        yield Count("readings_late", run.late)
    if run.duplicates:
        yield Count("messages_duplicate", run.duplicates)


def _table(readings: Readings) -> Table:
    table = np.empty(len(readings), ROW)
    table["time"] = readings.time_ms.astype("M8[ms]")
    table["series_id"], table["value"] = readings.series, readings.value
    table["flag"] = readings.flag
    return Table(table)
