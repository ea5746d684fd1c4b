"""Signals of the demo's sites through the real stage into a real database, and people's acts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import psycopg

from detectors.types import Phase, Signal
from pipelines import codec, topics
from pipelines.alerts import opening
from pipelines.alerts.letting_go import let_go_due
from pipelines.alerts.memory import AlertsState
from pipelines.alerts.outside import Stored
from pipelines.alerts.stage import AlertsStage, alert_id_of
from pipelines.demo.authority import register
from pipelines.registry.snapshot import Registry, load_registry
from pipelines.registry.write import write_register
from pipelines.runtime import PartitionRunner
from pipelines.stage import Message
from pipelines.store import Database
from tests.unit.demo.known import DAY_START_MS, on_log

MINUTE = 60_000
HOUR = 60 * MINUTE
AT = DAY_START_MS + 10 * HOUR

CHLORINE = Signal(
    phase=Phase.OPENED, rule_id="pool-free-chlorine", rule_version="1", severity="high",
    party_id="pool", site_id="pool-hall", place="pool-main", subject="pool-probe",
    start_ms=AT - 10 * MINUTE, at_ms=AT, unit="mg/L", value=0.2, low=0.3, high=1.0, series_id=1,
)  # fmt: skip
CROWD = Signal(
    phase=Phase.OPENED, rule_id="area-crowded", rule_version="1", severity="medium",
    party_id="pool", site_id="pool-hall", place="pool-main", subject="pool-camera",
    start_ms=AT, at_ms=AT + 20 * MINUTE, camera_id="pool-camera", zone_id="pool-deck", value=90.0,
    high=60.0,
)  # fmt: skip
COVERED = Signal(
    phase=Phase.OPENED, rule_id="camera-covered", rule_version="2", severity="high",
    party_id="pool", site_id="pool-hall", place="pool-main", subject="pool-camera",
    start_ms=AT, at_ms=AT + MINUTE, camera_id="pool-camera",
)  # fmt: skip


def changed(signal: Signal, **changes: Any) -> Signal:
    """The signal with some fields replaced."""
    return msgspec.structs.replace(signal, **changes)


def again(signal: Signal, minutes: float) -> Signal:
    """The same finding of the same thing so much later."""
    by = round(minutes * MINUTE)
    return changed(signal, start_ms=signal.start_ms + by, at_ms=signal.at_ms + by)


def over(signal: Signal, minutes: float) -> Signal:
    """The end of a spell, so long after it was detected."""
    return changed(signal, phase=Phase.CLOSED, at_ms=signal.at_ms + round(minutes * MINUTE))


@dataclass(slots=True)
class Site:
    """The stage over its database, one partition."""

    database: Database
    registry: Registry
    sent: list[Message] = field(default_factory=list)
    runner: PartitionRunner[AlertsState] = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Another process: what was not stored is forgotten."""
        stage = AlertsStage(self.registry, Stored(self.database))
        self.runner = PartitionRunner(stage, 0, self.database, log_id="t")

    async def tell(self, *signals: Signal, seal: bool = True) -> list[dict[str, Any]]:
        """Signals come in and their alerts are sealed; returns the alerts of those that opened."""
        first = len(self.sent)
        for n, signal in enumerate(signals, first):
            value = codec.encode(codec.SignalMessage(signal=signal, input_at_ms=5))
            self.sent.append(on_log(value, n, topics.SIGNALS))
        if signals:
            await self.runner.run(self.sent[first:])
        opened = [alert_id_of(s) for s in signals if s.phase is Phase.OPENED]
        if seal:
            for signal in signals:
                await self.seal(alert_id_of(signal), signal.at_ms + MINUTE)
        return [await self.alert(alert_id) for alert_id in opened]

    async def seal(self, alert_id: str, at_ms: int) -> None:
        """As the evidence stage does."""
        async with self.database.transaction() as tx:
            await opening.sealed(tx, alert_id, at_ms=at_ms)

    async def alert(self, alert_id: str) -> dict[str, Any]:
        """Its row."""
        rows = await self.query("SELECT * FROM alerts")
        return next(row for row in rows if row["alert_id"] == alert_id)

    async def trail(self, alert_id: str) -> list[tuple[str, str, str]]:
        """Action, reason code and ground of its trail."""
        rows = await self.query("SELECT * FROM alert_events ORDER BY at_ms, action")
        return [
            (row["action"], row["reason_code"], row["ground"])
            for row in rows
            if row["alert_id"] == alert_id
        ]

    async def query(self, sql: str) -> list[dict[str, Any]]:
        """Any rows."""
        return await self.database.query(sql)

    async def decide(self, alert_id: str, state: str, at_ms: int, reason: str = "") -> None:
        """An officer's decision, as its move leaves it in the tables."""
        async with self.database.transaction() as tx:
            now = await tx.row("triage_lock", alert_id=alert_id)
            assert now is not None
            await tx.execute(
                "triage_set_state", alert_id=alert_id, state=state, seen=now["state"], actor="3301"
            )
            await tx.execute(
                "alerts_act", event_id=f"{alert_id}-{state}-{at_ms}", alert_id=alert_id,
                at_ms=at_ms, actor="3301", action=state, reason_code=reason, ground="seen",
            )  # fmt: skip

    async def free(self, now_ms: int) -> list[str]:
        """The background's look at what is held."""
        return await let_go_due(self.database, now_ms)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Site]:
    """The demo's register and one officer in a migrated database."""
    async with Database(url, max_size=4) as database:
        await write_register(database, register(DAY_START_MS))
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash)"
                " VALUES ('3301', '王敏', 'Wang Min', 'officer', 'x')"
            )
        yield Site(database, await load_registry(database))
