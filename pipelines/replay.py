"""Owns judging stored readings again: the same stage, fed from the database instead of the log.

With today's catalogue the signals must be those found live; with a changed one the difference is
what the change would have done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from detectors.catalogue import load as load_catalogue
from detectors.types import Signal
from pipelines import codec, topics
from pipelines.readings.stage import Clock, ReadingsStage
from pipelines.registry.snapshot import load_registry
from pipelines.settings import Settings
from pipelines.stage import Emit, Message
from pipelines.store import Database

AT_ONCE = 64


@dataclass(slots=True)
class Differences:
    """Signals by id: found only live, only in the replay, or in both but not the same."""

    same: int = 0
    only_live: list[dict[str, Any]] = field(default_factory=list)
    only_replayed: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether replay and live differ at all."""
        return bool(self.only_live or self.only_replayed or self.changed)


async def replay_stored(settings: Settings, *, catalogue: Path | None = None) -> Differences:
    """Replays every stored message, partition by partition, in the order of the log."""
    async with Database(settings.database_url, max_size=2) as database:
        stage = ReadingsStage(
            await load_registry(database),
            load_catalogue(catalogue),
            lateness_ms=int(settings.lateness_s * 1000),
            future_ms=int(settings.future_s * 1000),
        )
        batches = await database.rows("replay_batches")
        clocks = {
            row["partition"]: msgspec.msgpack.decode(bytes(row["value"]), type=Clock)
            for row in await database.rows("replay_clocks")
        }
        live = {row["signal_id"]: row["body"] for row in await database.rows("replay_signals")}
    replayed: dict[str, dict[str, Any]] = {}
    for partition, rows in groupby(batches, key=lambda row: int(row["partition"])):
        end_ms = clocks[partition].watermark_ms if partition in clocks else 0
        messages = _messages(list(rows), partition, end_ms, int(settings.lateness_s * 1000))
        for signal in await _judge(stage, messages):
            replayed.setdefault(signal.signal_id, msgspec.to_builtins(signal))
    return _compare(live, replayed)


def _messages(
    rows: list[dict[str, Any]], partition: int, end_ms: int, lateness_ms: int
) -> list[Message]:
    """The partition's messages, each after a tick that sets the clock as it stood then."""
    envelopes = []
    for row in rows:
        clock = row["watermark_ms"] + lateness_ms
        envelopes.append(codec.Envelope(kind="tick", gateway="replay", received_ms=clock))
        envelopes.append(
            codec.Envelope(
                kind="batch", gateway=row["site_id"], received_ms=row["received_ms"],
                raw=bytes(row["original"]), sha256=row["sha256"],
            )
        )  # fmt: skip
    envelopes.append(
        codec.Envelope(kind="tick", gateway="replay", received_ms=end_ms + lateness_ms)
    )
    return [
        Message(
            topic=topics.READINGS, partition=partition, offset=offset, key=b"",
            value=codec.encode(envelope),
        )
        for offset, envelope in enumerate(envelopes)
    ]  # fmt: skip


async def _judge(stage: ReadingsStage, messages: list[Message]) -> list[Signal]:
    state = stage.load({})
    found = []
    for start in range(0, len(messages), AT_ONCE):
        outcome = await stage.handle(state, messages[start : start + AT_ONCE], now_ms=0)
        found += [
            codec.decode(effect.value, codec.SignalMessage).signal
            for effect in outcome.effects
            if isinstance(effect, Emit) and effect.topic == topics.SIGNALS
        ]
    return found


def _compare(live: dict[str, dict[str, Any]], replayed: dict[str, dict[str, Any]]) -> Differences:
    differences = Differences()
    for signal_id in sorted(live.keys() | replayed.keys()):
        before, after = live.get(signal_id), replayed.get(signal_id)
        if after is None and before is not None:
            differences.only_live.append(before)
        elif before is None and after is not None:
            differences.only_replayed.append(after)
        elif before != after and after is not None:
            differences.changed.append(after)
        else:
            differences.same += 1
    return differences


def show(differences: Differences, console: Console, *, as_json: bool) -> None:
    """Prints the differences for people, or as JSON."""
    if as_json:
        console.print_json(msgspec.json.encode(differences).decode())
        return
    console.print(f"{differences.same} signals the same")
    if not differences.any:
        return
    table = Table("", "rule", "subject", "phase", "at (epoch ms)")
    for mark, signals in (
        ("only live", differences.only_live),
        ("only replayed", differences.only_replayed),
        ("changed", differences.changed),
    ):
        for signal in signals:
            table.add_row(
                mark, signal["rule_id"], signal["subject"], signal["phase"], str(signal["at_ms"])
            )
    console.print(table)
