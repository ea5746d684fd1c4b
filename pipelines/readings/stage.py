"""The readings stage: raw messages to stored readings, roll-ups, raw batches and signals.

Lateness is judged message by message, against the watermark that the messages before it set, so
that the result does not depend on how many messages a worker happened to take at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import numpy as np

from detectors import readings as engine
from detectors.catalogue import Catalogue
from detectors.types import Readings, Signal
from pipelines import codec, metrics, topics
from pipelines.errors import BadMessage
from pipelines.readings import rows
from pipelines.readings.admit import Admission, Run, Taken
from pipelines.readings.gather import Gathered, gather
from pipelines.readings.leaves import LogBatches
from pipelines.readings.seen import Verdict
from pipelines.readings.state import ReadingsState, changed, load
from pipelines.registry.snapshot import Registry
from pipelines.stage import Effect, Emit, Message, Outcome, Recall, Refuse, Save
from pipelines.transparency.leaf import Kind, Leaf


class ReadingsStage:
    """Judges gateway messages by the rules over readings."""

    name = "readings"
    topic = topics.READINGS

    def __init__(
        self, registry: Registry, catalogue: Catalogue, *, lateness_ms: int, future_ms: int
    ) -> None:
        self._registry = registry
        self._catalogue = catalogue
        self._admission = Admission(
            registry, catalogue, lateness_ms=lateness_ms, future_ms=future_ms
        )
        self._window_ms = int(1000 * max((e.average_s for e in catalogue.entries), default=0))

    def load(self, stored: Mapping[str, bytes]) -> ReadingsState:
        """Rebuilds a partition's state from its stored parts."""
        return load(stored)

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
        run = Run()
        for message in messages:
            try:
                self._admission.take(state, message, run)
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
        effects = [
            *run.effects,
            *rows.rolled_up(result),
            *self._sent(run.signals + result.signals, run),
        ]
        return Outcome(effects, changed(state, run.devices, result))

    def _store(self, run: Run, found: Gathered) -> Readings:
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
            kept = [run.taken[number] for number in message[starts].tolist()]
            run.effects.append(cast("Effect", LogBatches(tuple(map(_leaf, kept)))))
            for taken, first_ms, last_ms in zip(kept, first, last, strict=True):
                run.effects.append(_raw_batch(taken, first_ms, last_ms))
        partition = run.taken[0].message.partition if run.taken else 0
        run.effects += rows.stored(
            readings, ~in_time, duplicates=run.duplicates, partition=partition
        )
        return readings if in_time.all() else readings.where(in_time)

    @staticmethod
    def _stale(
        run: Run, message: np.ndarray[tuple[int], np.dtype[np.int32]], in_time: rows.Bools
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

    def _sent(self, signals: Sequence[Signal], run: Run) -> Iterator[Effect]:
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


def _leaf(taken: Taken) -> Leaf:
    envelope = taken.envelope
    return Leaf(
        kind=Kind.RAW_BATCH, subject=envelope.sha256, at_ms=envelope.received_ms,
        body={"device_id": taken.device, "seq": taken.seq, "received_ms": envelope.received_ms},
    )  # fmt: skip


def _raw_batch(taken: Taken, first_ms: int, last_ms: int) -> Save:
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
