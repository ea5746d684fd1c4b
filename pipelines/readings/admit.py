"""Owns which messages may be judged: read, known to the register, not seen before, in step.

Must not look at single readings: ``gather`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.catalogue import Catalogue
from detectors.readings.skew import SkewState
from detectors.readings.skew import judge as judge_skew
from detectors.types import Series, Signal
from pipelines import codec
from pipelines.errors import BadMessage
from pipelines.hj212 import read as read_hj212
from pipelines.readings.gather import EARLIEST_MS, Asked
from pipelines.readings.message import Block, parse
from pipelines.readings.seen import Seen, Verdict
from pipelines.readings.state import ReadingsState
from pipelines.registry.snapshot import Registry
from pipelines.stage import Effect, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that may be judged."""

    message: Message
    envelope: codec.Envelope
    device: str
    seq: int
    verdict: Verdict
    watermark_ms: int
    asked: Asked


@dataclass(slots=True)
class Run:
    """What a run of messages has come to so far."""

    effects: list[Effect] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    devices: set[str] = field(default_factory=set)
    signals: list[Signal] = field(default_factory=list)
    duplicates: int = 0
    watermarks: list[int] = field(default_factory=list)
    logged: list[int] = field(default_factory=list)


class Admission:
    """Takes messages into a run, one by one, in the order of the log."""

    def __init__(
        self, registry: Registry, catalogue: Catalogue, *, lateness_ms: int, future_ms: int
    ) -> None:
        self._registry = registry
        self._lateness_ms = lateness_ms
        self._future_ms = future_ms
        self._skews = [entry for entry in catalogue.entries if entry.kind == "clock_skew"]

    def take(self, state: ReadingsState, message: Message, run: Run) -> None:
        """Adds a message to the run.

        Raises:
            BadMessage: it cannot be judged; nothing of it was added but the passing of time.
        """
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
            Taken(
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
        run: Run,
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
