"""What an uninterrupted run comes to: the same stages over the same log, in memory, at one go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import isnan
from typing import Any

import msgspec

from detectors.catalogue import load as load_catalogue
from pipelines import topics
from pipelines.alerts.stage import AlertsStage
from pipelines.frames.sight import Sight
from pipelines.frames.stage import FramesStage
from pipelines.readings.leaves import LogBatches
from pipelines.readings.stage import ReadingsStage
from pipelines.registry.snapshot import Registry
from pipelines.settings import Settings
from pipelines.stage import Copy, Count, Effect, Emit, Message, Refuse, Save, Stage
from pipelines.transparency.leaf import Kind, Leaf
from pipelines.transparency.leaf import decode as decode_leaves
from tests.contract.runtime.read_back import read_back


@dataclass(slots=True)
class Reference:
    """Rows by what they are, ready to be compared with a database's."""

    copied: dict[str, Counter[tuple[Any, ...]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    days: set[tuple[int, int]] = field(default_factory=set)
    batches: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    letters: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    counters: Counter[str] = field(default_factory=Counter)
    signals: dict[str, dict[str, Any]] = field(default_factory=dict)
    alerts: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    leaves: Counter[tuple[str, str]] = field(default_factory=Counter)


async def uninterrupted(settings: Settings, registry: Registry) -> Reference:
    """Runs readings, frames and alerts over what is on the log, each partition in one call."""
    catalogue = load_catalogue()
    readings = ReadingsStage(
        registry,
        catalogue,
        lateness_ms=int(settings.lateness_s * 1000),
        future_ms=int(settings.future_s * 1000),
    )
    sight = Sight(settings)
    frames = FramesStage(registry, catalogue, sight.eyes)
    reference = Reference()
    signals: list[Message] = []
    for stage in (readings, frames):
        for messages in (await read_back(settings.bootstrap, stage.topic)).values():
            signals += _signals(reference, await _effects(stage, messages))
    sight.close()
    note(reference, await _effects(AlertsStage(registry), signals))
    return reference


async def _effects(stage: Stage[Any], messages: list[Message]) -> list[Effect]:
    return (await stage.handle(stage.load({}), messages, now_ms=0)).effects


def _signals(reference: Reference, effects: list[Effect]) -> list[Message]:
    note(reference, effects)
    sent = [e for e in effects if isinstance(e, Emit) and e.topic == topics.SIGNALS]
    return [
        Message(topic=topics.SIGNALS, partition=0, offset=n, key=e.key, value=e.value)
        for n, e in enumerate(sent)
    ]


def note(reference: Reference, effects: Iterable[Effect]) -> None:
    """Adds what effects would store."""
    for effect in effects:
        if isinstance(effect, Copy):
            reference.copied[effect.statement].update(map(comparable, effect.rows))
        elif isinstance(effect, Count):
            reference.counters[effect.name] += effect.amount
        elif isinstance(effect, Refuse):
            message, error = effect.message, effect.error
            where = (message.topic, message.partition, message.offset)
            reference.letters[(*where, error.reason, effect.original)] += 1
        elif isinstance(effect, LogBatches):
            _note_leaves(reference, effect.leaves)
        elif isinstance(effect, Save):
            _note_row(reference, effect)


def _note_leaves(reference: Reference, leaves: Iterable[Leaf]) -> None:
    for leaf in leaves:
        reference.leaves.update(told_by(leaf.kind, leaf.subject, leaf.body))


def told_by(kind: str, subject: str, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What one leaf tells of, however runs were cut: those of frames list what was judged."""
    if kind == Kind.FRAMES:
        for at_ms, sha256 in body["frames"]:
            yield kind, f"{subject} {body['model']} {at_ms} {sha256}"
    else:
        yield kind, subject


def _note_row(reference: Reference, save: Save) -> None:
    row: dict[str, Any] = dict(save.params)
    if save.statement == "readings_raw_batch":
        named = (row["device_id"], row["seq"], row["sha256"], row["watermark_ms"], row["original"])
        reference.batches[named] += 1
    elif save.statement == "log_wait":
        _note_leaves(reference, decode_leaves(row["leaves"]))
    elif save.statement == "readings_day":
        reference.days.add((row["series_id"], row["day_ms"]))
    elif save.statement == "alerts_signal":
        reference.signals[row["signal_id"]] = msgspec.json.decode(msgspec.json.encode(row["body"]))
    elif save.statement == "alerts_insert":
        reference.alerts[row["alert_id"]] = alert_key(row)
    elif save.statement == "alerts_end":
        reference.ended[row["alert_id"]] = row["end_ms"]


def comparable(row: Iterable[Any]) -> tuple[Any, ...]:
    """A row in which nothing is unequal to itself: NaN is None."""
    return tuple(None if isinstance(cell, float) and isnan(cell) else cell for cell in row)


def alert_key(row: dict[str, Any]) -> tuple[Any, ...]:
    """What must be equal of an alert whatever the order of two devices of a site was."""
    names = ("rule_id", "site_id", "device_id", "start_ms", "detected_ms", "grade", "staged")
    return tuple(row[name] for name in names)
