"""Owns judging readings again: the same stage, fed from the database or a file, not from the log.

With today's catalogue the spells must be those found live; with a changed one the difference is
what the change would have done. What late readings gave when they were judged again is no part of
this: the stage does not see it, and neither does a replay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import msgspec

from detectors.catalogue import Catalogue
from detectors.types import Signal
from pipelines import codec, topics
from pipelines.gateways.csv_readings import read_csv
from pipelines.gateways.outgoing import Outgoing
from pipelines.readings.stage import ReadingsStage
from pipelines.readings.state import Clock
from pipelines.registry.snapshot import Registry, load_registry
from pipelines.rulebook import rulebook
from pipelines.rules.diff import Diff, diff_of
from pipelines.rules.spells import Spell, spells_of
from pipelines.settings import Settings
from pipelines.stage import Emit, Message
from pipelines.store import Database

AT_ONCE = 256
HOUR_MS = 3600 * 1000
WARM_MS = 48 * HOUR_MS
"""Before what is asked for: the longest that a rule looks back on, a bag's storage."""
TAIL_MS = 6 * HOUR_MS
"""After it: most spells have ended by then."""
EVER_MS = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to replay: messages that arrived in a span, of one site or of all.

    Attributes:
        from_ms, to_ms: spells that start in ``[from_ms, to_ms)`` are compared.
    """

    catalogue: Path | None = None
    site_id: str | None = None
    from_ms: int = 0
    to_ms: int = EVER_MS

    @property
    def until_ms(self) -> int:
        """What happened later is not known to the replay."""
        return self.to_ms + TAIL_MS


async def replay_stored(settings: Settings, asked: Asked | None = None) -> Diff:
    """Replays stored messages and compares with what was found live.

    Raises:
        CatalogueError: the folder holds no usable catalogue.
        Transient: the database cannot be reached.
    """
    asked = asked or Asked()
    catalogue = rulebook(settings, asked.catalogue)
    async with Database(settings.database_url, max_size=2) as database:
        registry = await load_registry(database)
        rows = await database.rows(
            "replay_messages",
            from_ms=asked.from_ms - WARM_MS, to_ms=asked.until_ms,
            devices=None if asked.site_id is None else _devices(registry, asked.site_id),
        )  # fmt: skip
        watermarks = {
            row["partition"]: msgspec.msgpack.decode(bytes(row["value"]), type=Clock).watermark_ms
            for row in await database.rows("replay_watermarks")
        }
        found = await database.rows("replay_found", site_id=asked.site_id)
    live = [msgspec.convert(row["body"], Signal) for row in found]
    rejudged = [signal for signal in live if "rejudged" in signal.inputs]
    lateness_ms = int(settings.lateness_s * 1000)
    replayed: list[Signal] = []
    for partition, some in groupby(rows, key=lambda row: int(row["partition"])):
        last_ms = min(watermarks.get(partition, 0), asked.until_ms)
        envelopes = _stored(list(some), registry, last_ms, lateness_ms)
        replayed += await _judge(_stage(settings, registry, catalogue), envelopes)
    if asked.site_id is not None:
        replayed = [signal for signal in replayed if signal.site_id == asked.site_id]
    diff = _diff([s for s in live if "rejudged" not in s.inputs], replayed, asked)
    diff.rejudged = len(rejudged)
    return diff


async def replay_given(settings: Settings, readings: Path, asked: Asked) -> Diff:
    """Replays a CSV of readings by today's catalogue and by the changed one.

    Without a changed one every finding is new: nothing is there to compare with.

    Raises:
        UnreadableCsv, CatalogueError: a file cannot be used.
        Transient: the database, which holds the register, cannot be reached.
    """
    async with Database(settings.database_url, max_size=2) as database:
        registry = await load_registry(database)
    sites = {
        device: next(iter(series.values())).site_id
        for device, series in registry.by_device.items()
        if series
    }
    sent = [one for one in read_csv(readings, sites) if asked.site_id in (None, one.site_id)]
    before: list[Signal] = []
    if asked.catalogue is not None:
        today = _stage(settings, registry, rulebook(settings))
        before = await _judge(today, _given(sent, settings))
    changed = rulebook(settings, asked.catalogue)
    after = await _judge(_stage(settings, registry, changed), _given(sent, settings))
    return _diff(before, after, asked)


def _diff(before: Sequence[Signal], after: Sequence[Signal], asked: Asked) -> Diff:
    def spells(signals: Sequence[Signal]) -> list[Spell]:
        return spells_of(signals, until_ms=asked.until_ms)

    return diff_of(spells(before), spells(after), from_ms=asked.from_ms, to_ms=asked.to_ms)


def _stage(settings: Settings, registry: Registry, catalogue: Catalogue) -> ReadingsStage:
    return ReadingsStage(
        registry,
        catalogue,
        lateness_ms=int(settings.lateness_s * 1000),
        future_ms=int(settings.future_s * 1000),
    )


def _devices(registry: Registry, site_id: str) -> list[str]:
    """Devices that stand or stood at the site."""
    return sorted({s.device_id for s in registry.series.values() if s.site_id == site_id})


def _stored(
    rows: Sequence[Mapping[str, Any]], registry: Registry, last_ms: int, lateness_ms: int
) -> Iterator[codec.Envelope]:
    """A partition's messages, each after a tick that sets the clock as it stood then."""
    for row in rows:
        yield _tick(row["watermark_ms"] + lateness_ms)
        known = registry.series_of(row["device_id"], row["received_ms"])
        yield codec.Envelope(
            kind="batch", gateway=next((s.site_id for s in known.values()), ""),
            received_ms=row["received_ms"], raw=bytes(row["original"]), sha256=row["sha256"],
            wire=row["wire"],
        )  # fmt: skip
    yield _tick(last_ms + lateness_ms)


def _given(sent: Sequence[Outgoing], settings: Settings) -> Iterator[codec.Envelope]:
    """A file's messages, and time enough after them to judge the last."""
    for one in sent:
        yield codec.Envelope(
            kind="batch", gateway=one.site_id, received_ms=one.at_ms, raw=one.body,
            sha256=hashlib.sha256(one.body).hexdigest(),
        )  # fmt: skip
    if sent:
        yield _tick(max(one.at_ms for one in sent) + int(settings.lateness_s * 1000))


def _tick(at_ms: int) -> codec.Envelope:
    return codec.Envelope(kind="tick", gateway="replay", received_ms=at_ms)


async def _judge(stage: ReadingsStage, envelopes: Iterator[codec.Envelope]) -> list[Signal]:
    state = stage.load({})
    found = []
    messages = (
        Message(topic=topics.READINGS, partition=0, offset=n, key=b"", value=codec.encode(one))
        for n, one in enumerate(envelopes)
    )
    while some := list(islice(messages, AT_ONCE)):
        outcome = await stage.handle(state, some, now_ms=0)
        found += [
            codec.decode(effect.value, codec.SignalMessage).signal
            for effect in outcome.effects
            if isinstance(effect, Emit) and effect.topic == topics.SIGNALS
        ]
    return found
