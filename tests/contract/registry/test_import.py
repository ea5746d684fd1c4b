"""The register through its files and the real database: the same files come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipelines.demo.authority import EXPIRED, STATION, device_key, gateway_key, register
from pipelines.registry.bring import bring_in, take_out
from pipelines.registry.fill import read_entries, written
from pipelines.registry.keys import UnknownHolder, issue_key
from pipelines.registry.read import read_register
from pipelines.registry.sheets import read_sheets, write_book, write_folder
from pipelines.registry.types import TABLES, Register
from pipelines.registry.write import key_digest, write_register
from pipelines.store import Database
from tests.unit.demo.known import DAY_START_MS

DEMO = register(DAY_START_MS)
NOW_MS = DAY_START_MS


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """A migrated database with an empty register."""
    async with Database(fresh_database_url, max_size=2) as opened:
        yield opened


async def on_record(database: Database) -> Register:
    async with database.transaction() as tx:
        return await read_register(tx)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_csv_comes_back_byte_for_byte(database: Database, tmp_path: Path) -> None:
    """OFF-4, OFF-9, OFF-10, OFF-19: the whole register, out of one database into another."""
    write_folder(tmp_path / "in", written(DEMO))
    brought = await bring_in(database, [tmp_path / "in"], who="wang", now_ms=NOW_MS)
    assert brought.faults == ()
    assert brought.added + brought.same == sum(len(getattr(DEMO, name)) for name in TABLES)
    assert brought.same == 1  # the unit that every authority begins with
    assert await take_out(database, tmp_path / "out") == brought.added + brought.same
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "in")
    kept = await on_record(database)
    for name in TABLES:
        assert set(getattr(kept, name)) == set(getattr(DEMO, name))
    again = await bring_in(database, [tmp_path / "out"], who="wang", now_ms=NOW_MS)
    assert (again.added, again.changed, again.same) == (0, 0, brought.added + brought.same)
    assert again.version == brought.version


async def test_a_workbook_says_the_same(database: Database, tmp_path: Path) -> None:
    write_book(tmp_path / "in.xlsx", written(DEMO))
    brought = await bring_in(database, [tmp_path / "in.xlsx"], who="wang", now_ms=NOW_MS)
    assert brought.faults == ()
    await take_out(database, tmp_path / "out.xlsx")
    sheets, _ = read_sheets([tmp_path / "out.xlsx"])
    filled = read_entries(sheets)
    assert filled.faults == []
    for name in TABLES:
        rows = {entry.row for entry in filled.entries if entry.table.name == name}
        assert rows == set(getattr(DEMO, name))


async def test_one_fault_and_nothing_is_written(database: Database, tmp_path: Path) -> None:
    sheets = written(DEMO)
    sheets["documents"][-1][sheets["documents"][0].index("device_id")] = "nobody"
    write_folder(tmp_path, sheets)
    brought = await bring_in(database, [tmp_path], who="wang", now_ms=NOW_MS)
    (fault,) = brought.faults
    place = (fault.sheet, fault.row, fault.column, fault.value)
    assert place == ("documents", len(sheets["documents"]), "device_id", "nobody")
    assert await on_record(database) == Register()
    assert await database.row("registry_version") == {"version": 1}


async def test_check_tries_it_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    write_folder(tmp_path, written(DEMO))
    tried = await bring_in(database, [tmp_path], who="wang", now_ms=NOW_MS, check=True)
    assert tried.faults == ()
    assert tried.added > 0
    assert await on_record(database) == Register()
    assert await database.row("registry_version") == {"version": 1}


async def test_a_correction_must_be_asked_for_and_is_recorded(
    database: Database, tmp_path: Path
) -> None:
    await write_register(database, DEMO)
    sheets = written(DEMO)
    row = sheets["documents"][2]
    row[sheets["documents"][0].index("number")] = "JD-2"
    write_folder(tmp_path, {"documents": sheets["documents"]})
    refused = await bring_in(database, [tmp_path], who="wang", now_ms=NOW_MS)
    assert [(f.column, f.value) for f in refused.faults] == [("number", "JD-2")]
    assert await database.rows("registry_changes") == []
    done = await bring_in(database, [tmp_path], who="wang", now_ms=NOW_MS, correct=True)
    assert (done.added, done.changed) == (0, 1)
    (change,) = await database.rows("registry_changes")
    assert (change["who"], change["at_ms"], change["corrects"]) == ("wang", NOW_MS, True)
    assert (change["table_name"], change["row_key"]) == ("documents", row[0])
    assert change["before"]["number"] != change["after"]["number"] == "JD-2"
    assert change["version"] == done.version
    numbers = [d.number for d in (await on_record(database)).documents if d.document_id == row[0]]
    assert numbers == ["JD-2"]


async def test_new_parties_begin_with_credit(database: Database, tmp_path: Path) -> None:
    write_folder(tmp_path, written(DEMO))
    await bring_in(database, [tmp_path], who="wang", now_ms=NOW_MS)
    rows = await database.query("SELECT party_id FROM credit_scores ORDER BY party_id")
    assert [row["party_id"] for row in rows] == sorted(p.party_id for p in DEMO.parties)


async def test_a_key_is_told_once_and_known_by_its_digest(database: Database) -> None:
    await write_register(database, DEMO)
    key = await issue_key(database, "pool-probe", now_ms=NOW_MS)
    asked = {"key_sha256": key_digest(key)}
    found = await database.row("registry_device_key", at_ms=NOW_MS, **asked)
    assert found == {"device_id": "pool-probe", "site_id": "pool-hall"}
    assert await database.row("registry_device_key", at_ms=NOW_MS - 1, **asked) is None
    newer = await issue_key(database, "pool-probe", now_ms=NOW_MS + 5, replace=True)
    assert newer != key
    assert await database.row("registry_device_key", at_ms=NOW_MS + 4, **asked) == found
    assert await database.row("registry_device_key", at_ms=NOW_MS + 5, **asked) is None
    old = {"key_sha256": key_digest(device_key("pool-probe"))}
    assert await database.row("registry_device_key", at_ms=NOW_MS + 5, **old) is None
    site = await issue_key(database, "pool-hall", now_ms=NOW_MS)
    for each in (site, gateway_key("pool-hall")):
        row = await database.row("registry_gateway", key_sha256=key_digest(each))
        assert row == {"site_id": "pool-hall"}
    with pytest.raises(UnknownHolder):
        await issue_key(database, "nobody", now_ms=NOW_MS)


async def test_an_exported_register_holds_no_key(database: Database, tmp_path: Path) -> None:
    await write_register(database, DEMO)
    key = await issue_key(database, "pool-hall", now_ms=NOW_MS)
    await take_out(database, tmp_path / "out")
    everything = b"".join(bytes_of(tmp_path / "out").values())
    assert key_digest(key).encode() in everything
    for secret in (key, gateway_key("pool-hall"), device_key("pool-probe"), STATION[1]):
        assert secret.encode() not in everything.replace(key_digest(secret).encode(), b"")


async def test_a_station_is_known_by_its_number(database: Database) -> None:
    await write_register(database, DEMO)
    found = await database.row("registry_hj212_station", mn=STATION[0], at_ms=NOW_MS)
    assert found == {
        "device_id": EXPIRED, "site_id": "supply-room", "password_sha256": key_digest(STATION[1]),
    }  # fmt: skip
    assert await database.row("registry_hj212_station", mn=STATION[0], at_ms=0) is None


async def test_coverage_counts_sites_with_a_device(database: Database) -> None:
    """OFF-4, OFF-5, OFF-10, AV-5: covered sites, parties that take part, points in use."""
    await write_register(database, DEMO)
    rows = await database.rows("registry_coverage", at_ms=NOW_MS)
    assert {(r["kind"], r["sites"], r["covered"], r["devices"]) for r in rows} == {
        ("pool", 1, 1, 2), ("clinic", 1, 1, 5), ("hotel", 1, 1, 3), ("secondary_supply", 1, 1, 1),
    }  # fmt: skip
    points = await database.rows("registry_points_in_use", at_ms=NOW_MS)
    assert points == [{"mounting": "fixed", "points": 8, "in_use": 8}]
    before = await database.rows("registry_coverage", at_ms=0)
    assert {row["covered"] for row in before} == {0}
    taking_part = await database.rows("registry_participation", at_ms=NOW_MS)
    assert all(row["device"] and row["self_supervision"] for row in taking_part)
    assert not any(row["device"] for row in await database.rows("registry_participation", at_ms=0))
    equipment = await database.row("registry_equipment", at_ms=NOW_MS)
    assert equipment == {"officers": 1, "recorders": 0, "unassigned": 0}
