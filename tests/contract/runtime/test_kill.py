"""Promise 1: workers are killed at random moments; what is stored is as if none ever was."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psycopg
import pytest
from psycopg.rows import dict_row

from pipelines.demo.authority import DAY_MS, register
from pipelines.demo.quiet import until_quiet
from pipelines.evidence.keys import Keys
from pipelines.evidence.verify import verify
from pipelines.log import LogWriter
from pipelines.registry.snapshot import load_registry
from pipelines.registry.write import write_register
from pipelines.replay import replay_stored
from pipelines.runtime import apply_effects
from pipelines.scoring.credit import opening_rows
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, decode
from pipelines.vault.folder import FolderVault
from tests.contract.runtime import feed
from tests.contract.runtime.line import Line, killing_line
from tests.contract.runtime.reference import (
    Reference,
    alert_key,
    comparable,
    told_by,
    uninterrupted,
)
from tests.fresh import fresh_database

DAY_START_MS = 1_772_294_400_000  # 2026-03-01 in Shanghai
FILM_AT_MS = DAY_START_MS + 15 * 3600 * 1000
SEED = 20260301

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Survived:
    """A line over which workers were killed, and what an uninterrupted run comes to."""

    line: Line
    reference: Reference
    killed_with_waiting: list[int]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        url = self.line.settings.database_url
        with psycopg.connect(url, row_factory=dict_row) as connection:
            return connection.execute(sql.encode()).fetchall()


@pytest.fixture(scope="module")
async def survived(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, video: Path
) -> AsyncIterator[Survived]:
    workdir = tmp_path_factory.mktemp("kill")
    with killing_line(fresh_database(database_url, "kill"), workdir) as line:
        async with Database(line.settings.database_url, max_size=2) as database:
            await _register(database)
            waiting = await _kill_and_kill_again(line, video)
            await until_quiet(
                line.settings, database, check=lambda: None, tell=lambda _: None, timeout_s=90
            )
            reference = await uninterrupted(line.settings, await load_registry(database))
        yield Survived(line, reference, waiting)


async def _register(database: Database) -> None:
    written = register(DAY_START_MS)
    await write_register(database, written)
    async with database.transaction() as tx:
        parties = [party.party_id for party in written.parties]
        await apply_effects(tx, opening_rows(parties, DAY_START_MS - 2 * DAY_MS), now_ms=0)


async def _kill_and_kill_again(line: Line, video: Path) -> list[int]:
    """Feeds a share, lets a worker begin it, kills the worker; the last share meets two workers.

    Returns:
        For each kill, how many input messages were waiting at that moment.
    """
    chance = random.Random(SEED)
    groups, pictures = feed.readings(DAY_START_MS), feed.frames(video, FILM_AT_MS)
    shares, sent, waiting = 3, 0, []
    worker = line.start_worker()
    async with LogWriter(line.settings.bootstrap) as writer:
        for share in range(shares):
            last = share == shares - 1
            part = _share(groups, share, shares)
            begun = line.done()
            if last:
                line.start_worker()  # the second joins while the first is at work
            mine = _share(pictures, share, shares)
            await feed.send(writer, mine)
            for group in part:
                await feed.send(writer, group)
            sent += len(mine) + sum(map(len, part))
            await asyncio.to_thread(line.await_progress, begun)
            await asyncio.sleep(chance.uniform(0, 0.15))
            worker.kill()
            waiting.append(sent - line.done())
            if not last:
                worker = line.start_worker()
    return waiting


def _share(whole: list[T], number: int, of: int) -> list[T]:
    return whole[number * len(whole) // of : (number + 1) * len(whole) // of]


def test_every_kill_fell_into_work(survived: Survived) -> None:
    assert len(survived.killed_with_waiting) == 3
    assert all(count > 0 for count in survived.killed_with_waiting), survived.killed_with_waiting


def test_readings_and_what_was_seen_are_stored_once(survived: Survived) -> None:
    copied = survived.reference.copied
    rows = survived.rows("SELECT time, series_id, value, flag FROM readings")
    assert Counter(map(comparable, (row.values() for row in rows))) == copied["readings_copy"]
    different = {(row["time"], row["series_id"], row["value"]) for row in rows}
    assert len(different) == len(rows)  # two bags may leave in one moment; nothing else repeats
    seen = survived.rows("SELECT camera_id, time, frame_sha256 FROM observations")
    expected = Counter((row[1], row[0], row[6]) for row in copied["frames_copy"])
    assert Counter(tuple(row.values()) for row in seen) == expected


def _bucket(time: datetime, width_s: int) -> int:
    return int(time.timestamp()) // width_s


def test_roll_ups_are_written_once_with_their_readings(survived: Survived) -> None:
    """Minutes and hours as the uninterrupted run has them; days as their readings add up."""
    copied = survived.reference.copied
    late = survived.rows("SELECT * FROM late_readings")
    assert Counter(comparable(row.values()) for row in late) == copied["readings_late_copy"]
    assert late
    for table, statement, width_s in (
        ("readings_1m", "readings_minutes_copy", 60),
        ("readings_1h", "readings_hours_copy", 3600),
    ):
        # What late readings fell into is summed up anew, by and by.
        again = {(row["series_id"], _bucket(row["time"], width_s)) for row in late}
        rows = survived.rows(f"SELECT * FROM {table}")  # noqa: S608  names from above
        found = Counter(comparable(row.values()) for row in rows)
        for stored in (found, copied[statement]):
            for row in [row for row in stored if (row[1], _bucket(row[0], width_s)) in again]:
                del stored[row]
        assert found == copied[statement], table
        assert found, table
    days = survived.rows(
        "SELECT series_id, extract(epoch FROM time)::bigint * 1000 FROM readings_1d"
    )
    assert {tuple(row.values()) for row in days} == survived.reference.days
    assert days
    wrong = survived.rows(
        "SELECT d.series_id FROM readings_1d d JOIN readings r ON r.series_id = d.series_id "
        "AND r.time >= d.time AND r.time < d.time + INTERVAL '24 hours' AND r.flag = 0 "
        "GROUP BY d.series_id, d.time, d.n, d.highest "
        "HAVING count(*) <> d.n OR max(r.value) <> d.highest"
    )
    assert not wrong


def test_original_messages_are_kept_once(survived: Survived) -> None:
    rows = survived.rows("SELECT device_id, seq, sha256, watermark_ms, original FROM raw_batches")
    assert Counter(tuple(row.values()) for row in rows) == survived.reference.batches


def test_what_came_in_is_in_the_log_once(survived: Survived) -> None:
    """AV-23: leaves, numbered or waiting, of messages and of judged frames are those of a run that
    nobody killed, and of messages as many as were stored.
    """
    kinds = (Kind.RAW_BATCH, Kind.FRAMES)
    rows = survived.rows("SELECT leaves FROM log_pending")
    waiting = [leaf for row in rows for leaf in decode(bytes(row["leaves"]))]
    found = Counter(
        told for leaf in waiting for told in told_by(leaf.kind, leaf.subject, leaf.body)
    )
    for row in survived.rows("SELECT kind, subject, body FROM log_leaves"):
        found.update(told_by(row["kind"], row["subject"], msgspec.json.decode(row["body"])))
    found = Counter({told: n for told, n in found.items() if told[0] in kinds})
    assert found == survived.reference.leaves
    stored = survived.rows("SELECT sha256 FROM raw_batches")
    batches = Counter({key[1]: n for key, n in found.items() if key[0] == Kind.RAW_BATCH})
    assert batches == Counter(row["sha256"] for row in stored)
    assert stored


def test_every_refused_message_is_a_dead_letter_once(survived: Survived) -> None:
    rows = survived.rows(
        "SELECT topic, partition, message_offset, reason, original FROM dead_letters"
    )
    assert Counter(tuple(row.values()) for row in rows) == survived.reference.letters
    from_frames = [row for row in rows if row["topic"] == "frames"]
    assert len(from_frames) == feed.BAD_FRAMES


def test_counters_count_once(survived: Survived) -> None:
    rows = survived.rows(
        "SELECT name, value FROM counters "
        "WHERE name NOT LIKE 'evidence%' AND name NOT LIKE 'notices%' "
        "AND name NOT LIKE '%rejudged'"
    )
    assert {row["name"]: row["value"] for row in rows} == dict(survived.reference.counters)


def test_signals_and_alerts_are_those_of_an_uninterrupted_run(survived: Survived) -> None:
    signals = survived.rows("SELECT signal_id, body FROM signals")
    assert {row["signal_id"]: row["body"] for row in signals} == survived.reference.signals
    alerts = survived.rows("SELECT * FROM alerts")
    assert {row["alert_id"]: alert_key(row) for row in alerts} == survived.reference.alerts
    ended = {row["alert_id"]: row["end_ms"] for row in alerts if row["end_ms"] is not None}
    assert ended == survived.reference.ended
    assert len({row["rule_id"] for row in alerts}) >= 6


def test_each_alert_is_sealed_once_and_told_once(survived: Survived) -> None:
    alerts = {row["alert_id"]: row for row in survived.rows("SELECT * FROM alerts")}
    sealed = survived.rows("SELECT alert_id FROM evidence")
    assert sorted(row["alert_id"] for row in sealed) == sorted(alerts)
    told = survived.rows("SELECT alert_id FROM notices")
    for_parties = [alert_id for alert_id, row in alerts.items() if not row["staged"]]
    assert sorted(row["alert_id"] for row in told) == sorted(for_parties)
    states = {row["alert_id"]: row["state"] for row in alerts.values() if not row["staged"]}
    assert set(states.values()) == {"open", "held"}  # the line's day rings often enough for both
    rows = survived.rows("SELECT alert_id, state FROM notices")
    parked = {row["alert_id"] for row in rows if row["state"] == "held"}
    assert parked == {alert_id for alert_id, state in states.items() if state == "held"}


async def test_all_evidence_verifies(survived: Survived) -> None:
    settings = survived.line.settings
    async with Database(settings.database_url, max_size=2) as database:
        report = await verify(database, FolderVault(settings.objects), Keys(settings.keys))
    assert report.ok, report.problems
    assert report.evidence == len(survived.reference.alerts)


async def test_replay_finds_no_difference(survived: Survived) -> None:
    differences = await replay_stored(survived.line.settings)
    assert not differences.any
    assert differences.same > 0
