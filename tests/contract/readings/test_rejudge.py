"""Late readings, judged again over the real database: what only they show is one alert."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest

from detectors.catalogue import load as load_catalogue
from pipelines import codec, topics
from pipelines.alerts.stage import AlertsStage, AlertsState
from pipelines.demo.authority import register
from pipelines.readings.rejudge import rejudge_due
from pipelines.readings.stage import ReadingsStage
from pipelines.readings.state import ReadingsState
from pipelines.registry.snapshot import Registry, load_registry
from pipelines.registry.write import write_register
from pipelines.rules.explain import explain_alert
from pipelines.runtime import PartitionRunner
from pipelines.stage import Message
from pipelines.store import Database
from tests.unit.demo.known import DAY_START_MS, on_log

MINUTE_MS = 60_000
TEN = DAY_START_MS + 10 * 60 * MINUTE_MS
CATALOGUE = load_catalogue()
RULE = "pool-free-chlorine"
GOOD, BAD = 0.6, 0.12


@dataclass(slots=True)
class Pool:
    """One probe, live judging over it, and what comes of judging again."""

    database: Database
    registry: Registry
    offset: int = 0
    handed: int = 0
    runner: PartitionRunner[ReadingsState] = field(init=False)
    alerts: PartitionRunner[AlertsState] = field(init=False)

    def __post_init__(self) -> None:
        stage = ReadingsStage(self.registry, CATALOGUE, lateness_ms=360_000, future_ms=300_000)
        self.runner = PartitionRunner(stage, 0, self.database, log_id="a")
        self.alerts = PartitionRunner(AlertsStage(self.registry), 0, self.database, log_id="a")

    async def send(self, first: int, last: int, value: float, *, at: int | None = None) -> None:
        """Chlorine of these minutes after ten, arriving then, or at minute ``at``."""
        site = self.registry.by_device["pool-probe"]["free_chlorine"].site_id
        for start in range(first, last, 5):
            times = [TEN + minute * MINUTE_MS for minute in range(start, start + 5)]
            # No two the same, for no probe is so still: it would be found stuck.
            values = [value + 0.02 * (minute % 3) for minute in range(5)]
            block = {"quantity": "free_chlorine", "unit": "mg/L", "t": times, "v": values}
            body = msgspec.json.encode(
                {"device": "pool-probe", "seq": self.offset, "series": [block]}
            )
            envelope = codec.Envelope(
                kind="batch", gateway=site, raw=body, sha256=hashlib.sha256(body).hexdigest(),
                received_ms=TEN + (start + 5 if at is None else at) * MINUTE_MS,
            )  # fmt: skip
            await self.runner.run([on_log(codec.encode(envelope), self.offset)])
            self.offset += 1

    async def again(self) -> int:
        """Signals of judging again."""
        return await rejudge_due(self.database, self.registry, CATALOGUE, 1)

    async def found(self) -> list[str]:
        """Rules of all alerts, once those that wait in the outbox are stored."""
        waiting = await self.database.rows("relay_waiting")
        for row in waiting:
            if row["topic"] == topics.SIGNALS:
                message = Message(topic=topics.SIGNALS, partition=0, offset=self.handed, key=b"",
                                  value=bytes(row["value"]))  # fmt: skip
                await self.alerts.run([message])
                self.handed += 1
        await self.database.execute("relay_done", ids=[row["outbox_id"] for row in waiting])
        rows = await self.database.query(
            "SELECT rule_id FROM alerts WHERE rule_id = 'pool-free-chlorine'"
        )
        return [str(row["rule_id"]) for row in rows]

    async def spans(self) -> int:
        """How many wait to be judged again."""
        return len(await self.database.rows("rejudge_spans"))


@pytest.fixture
async def pool(fresh_database_url: str) -> AsyncIterator[Pool]:
    async with Database(fresh_database_url) as database:
        await write_register(database, register(DAY_START_MS))
        yield Pool(database, await load_registry(database))


async def with_a_gap(pool: Pool, value: float) -> None:
    """An hour and more of good values; forty minutes in between come late, with this value."""
    await pool.send(0, 60, GOOD)
    await pool.send(100, 200, GOOD)
    await pool.send(60, 100, value, at=201)


async def test_a_breach_that_only_late_readings_show_is_one_alert(pool: Pool) -> None:
    """`OFF-7`: what a gateway held back is judged when it comes."""
    await with_a_gap(pool, BAD)
    assert await pool.found() == []
    assert await pool.spans() > 0
    assert await pool.again() == 2  # its beginning and its end
    assert await pool.found() == [RULE]
    assert await pool.spans() == 0
    rows = await pool.database.query(
        "SELECT alert_id, start_ms, end_ms, inputs FROM alerts WHERE rule_id = 'pool-free-chlorine'"
    )
    explained = await explain_alert(
        pool.database, pool.registry, CATALOGUE, str(rows[0]["alert_id"])
    )
    assert explained.agrees
    assert rows[0]["inputs"]["rejudged"] == 1.0
    assert TEN + 60 * MINUTE_MS <= rows[0]["start_ms"] <= TEN + 75 * MINUTE_MS
    assert TEN + 100 * MINUTE_MS <= rows[0]["end_ms"] <= TEN + 115 * MINUTE_MS


async def test_late_readings_that_change_nothing_lead_to_none(pool: Pool) -> None:
    await with_a_gap(pool, GOOD)
    assert await pool.again() == 0
    assert await pool.found() == []
    assert await pool.spans() == 0


async def test_twice_is_once_also_by_two_workers(pool: Pool) -> None:
    await with_a_gap(pool, BAD)
    assert sum(await asyncio.gather(pool.again(), pool.again())) == 2
    assert await pool.again() == 0
    assert await pool.found() == [RULE]
    await pool.send(70, 75, BAD, at=202)  # some of them once more, under another number
    assert await pool.again() == 0
    assert await pool.found() == [RULE]


async def test_what_live_judging_found_is_not_found_again(pool: Pool) -> None:
    await pool.send(0, 60, GOOD)
    await pool.send(60, 95, BAD)
    await pool.send(100, 210, GOOD)
    await pool.send(95, 100, BAD, at=211)
    assert await pool.found() == [RULE]
    assert await pool.again() == 0
    assert await pool.spans() == 0
    assert await pool.found() == [RULE]


async def test_a_span_waits_until_live_judging_is_beyond_it(pool: Pool) -> None:
    await pool.send(0, 60, GOOD)
    await pool.send(100, 110, GOOD)
    await pool.send(60, 100, BAD, at=111)
    assert await pool.again() == 0
    assert await pool.spans() > 0
    await pool.send(110, 200, GOOD)
    assert await pool.again() == 2


async def test_roll_ups_hold_late_readings_once_judged_again(pool: Pool) -> None:
    """Every minute and hour of the gap, with its share in limits, as the readings add up."""
    await with_a_gap(pool, BAD)
    await pool.send(200, 260, GOOD)
    before = await pool.database.query("SELECT count(*) AS n FROM readings_1m")
    await pool.again()
    after = await pool.database.query("SELECT count(*) AS n FROM readings_1m")
    assert after[0]["n"] - before[0]["n"] == 40
    wrong = await pool.database.query(
        "SELECT h.time, h.n FROM readings_1h h JOIN readings r ON r.series_id = h.series_id "
        "AND r.time >= h.time AND r.time < h.time + INTERVAL '1 hour' "
        "GROUP BY h.time, h.n, h.lowest, h.in_limits HAVING count(*) <> h.n OR min(r.value) <> "
        "h.lowest OR abs(avg((r.value BETWEEN 0.3 AND 1.0)::integer) - h.in_limits) > 1e-9"
    )
    assert not wrong
    shares = await pool.database.query("SELECT in_limits FROM readings_1h ORDER BY time")
    assert [round(row["in_limits"], 3) for row in shares] == [1.0, 0.333, 1.0, 1.0][: len(shares)]
