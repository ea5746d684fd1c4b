"""Every tampering with the log is found; what it hit is named by number, kind, subject, time."""

from __future__ import annotations

import shutil

import pytest

from pipelines.evidence.keys import Keys
from pipelines.evidence.report import Problem, Wrong
from pipelines.store import Database
from pipelines.transparency.audit import audit
from pipelines.transparency.erase import erase
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.transparency.place import Place, verifier
from pipelines.transparency.sequencer import sequence_once
from pipelines.transparency.tiles import Tile
from tests.contract.transparency.logged import DAY_MS, fill, leaves, tamper


async def test_an_untouched_log_is_well(database: Database, place: Place) -> None:
    """Every checkpoint agrees; the newest is proven whole."""
    assert (await audit(database, place)).ok
    await fill(database, place, 3, 400, 20, 200)
    found = await audit(database, place)
    assert found.problems == []
    assert (found.size, found.checkpoints) == (624, 4)


async def test_a_log_with_leaves_waiting_is_well(database: Database, place: Place) -> None:
    """Leaves committed but not published yet are no fault; nor is a folder that lags or is new."""
    await fill(database, place, 3)
    older = place.folder.with_name("older")
    shutil.copytree(place.folder, older)
    await fill(database, place, 0, 300)
    shutil.rmtree(place.folder)
    older.rename(place.folder)
    assert (await audit(database, place)).problems == []
    shutil.rmtree(place.folder)
    assert (await audit(database, place)).problems == []


async def test_an_erased_leaf_is_well(database: Database, place: Place) -> None:
    """What is let go by the log's own hand leaves every proof; while it waits, and after."""
    await fill(database, place, 2)
    async with database.transaction() as tx:
        await log(tx, Leaf(kind=Kind.VIEW, subject="v", at_ms=DAY_MS, body={"by": "wang"}))
        await log(tx, *leaves(2, 2))
    await sequence_once(database, place, DAY_MS + 10_000_000)
    async with database.transaction() as tx:
        assert await erase(tx, 3, at_ms=DAY_MS)
        assert not await erase(tx, 3, at_ms=DAY_MS)
    for _ in range(2):
        found = await audit(database, place)
        assert (found.problems, found.erased) == ([], 1)
        await sequence_once(database, place, DAY_MS)
    (told,) = await database.rows("log_leaves_page", after=5)
    assert (told["kind"], told["subject"]) == ("deletion", "log leaf 3")


ERASE = "UPDATE log_leaves SET salt = NULL, body = NULL"


async def test_what_proof_rests_on_is_never_erased(
    database: Database, place: Place, fresh_database_url: str
) -> None:
    """AV-35: a forger has the log itself tell of an erasure; a pin's body is missed even so."""
    await fill(database, place, 5)
    tamper(fresh_database_url, f"{ERASE}, subject = 'pin-9' WHERE leaf_index = 3")
    told = Leaf(kind=Kind.DELETION, subject="log leaf 3", at_ms=DAY_MS, body={"leaf": 3})
    async with database.transaction() as tx:
        await log(tx, told)
    for _ in range(2):
        (problem,) = (await audit(database, place)).problems
        assert problem.wrong is Wrong.MISSING
        assert "a leaf of kind pin is never erased" in problem.detail
        await sequence_once(database, place, DAY_MS + 20_000_000)


async def test_only_a_whole_leaf_of_deletion_tells_of_an_erasure(
    database: Database, place: Place, fresh_database_url: str
) -> None:
    """AV-35: neither another kind that waits, nor an erased leaf under a name put to it, tells."""
    await fill(database, place, 2)
    async with database.transaction() as tx:
        await log(tx, Leaf(kind=Kind.VIEW, subject="v", at_ms=DAY_MS, body={}))
        await log(tx, Leaf(kind=Kind.DELETION, subject="d", at_ms=DAY_MS, body={}))
    await sequence_once(database, place, DAY_MS + 10_000_000)
    tamper(fresh_database_url, f"{ERASE} WHERE leaf_index = 3")
    tamper(fresh_database_url, f"{ERASE}, subject = 'log leaf 3' WHERE leaf_index = 4")
    async with database.transaction() as tx:
        await log(tx, Leaf(kind=Kind.VIEW, subject="log leaf 3", at_ms=DAY_MS, body={}))
    details = [problem.detail for problem in (await audit(database, place)).problems]
    assert len(details) == 2
    assert all("no leaf tells that they were erased" in detail for detail in details)


SWAP = """
CREATE TEMP TABLE two AS SELECT * FROM log_leaves WHERE leaf_index IN (7, 300);
DELETE FROM log_leaves WHERE leaf_index IN (7, 300);
INSERT INTO log_leaves
SELECT 307 - leaf_index, kind, subject, at_ms, commitment, salt, body FROM two
"""
LEAVES = {
    "changed body": (
        "UPDATE log_leaves SET body = '{\"n\":9}' WHERE leaf_index = 7",
        [("log leaf 7 (pin, pin-6, 2026-05-28T20:26:46.000Z)", Wrong.CHANGED, "committed")],
    ),
    "changed subject": (
        "UPDATE log_leaves SET subject = 'pin-9' WHERE leaf_index = 7",
        [("log leaf 7 (pin, pin-9, 2026-05-28T20:26:46.000Z)", Wrong.CHANGED, "committed")],
    ),
    "erased untold": (
        "UPDATE log_leaves SET body = NULL, salt = NULL WHERE leaf_index = 7",
        [("log leaf 7 (pin, pin-6, 2026-05-28T20:26:46.000Z)", Wrong.MISSING, "no leaf tells")],
    ),
    "salt gone": (
        "UPDATE log_leaves SET salt = NULL WHERE leaf_index = 7",
        [("log leaf 7 (pin, pin-6, 2026-05-28T20:26:46.000Z)", Wrong.MISSING, "salt is gone")],
    ),
    "back-dated": (
        "UPDATE log_leaves SET at_ms = at_ms - 1000 WHERE leaf_index = 7",
        [("log leaf 7 (pin, pin-6, 2026-05-28T20:26:45.000Z)", Wrong.CHANGED,
          "back-dated from 2026-05-28T20:26:46")],
    ),
    "absurd time": (
        "UPDATE log_leaves SET at_ms = 9000000000000000000 WHERE leaf_index = 7",
        [("log leaf 7 (pin, pin-6, time 9000000000000000000)", Wrong.CHANGED, "post-dated")],
    ),
    "changed kind": (
        "UPDATE log_leaves SET kind = 'view' WHERE leaf_index = 7",
        [("log leaf 7 (view, pin-6, 2026-05-28T20:26:46.000Z)", Wrong.CHANGED, "stands for pin")],
    ),
    "deleted": (
        "DELETE FROM log_leaves WHERE leaf_index = 7",
        [("log leaf 7 (pin, 2026-05-28T20:26:46.000Z)", Wrong.MISSING, "row is gone")],
    ),
    "inserted": (
        ("INSERT INTO log_leaves SELECT 403, kind, subject, at_ms, commitment, salt, body "
         "FROM log_leaves WHERE leaf_index = 7"),
        [("log leaf 403 (pin, pin-6, 2026-05-28T20:26:46.000Z)", Wrong.EXTRA, "no checkpoint")],
    ),
    "swapped": (
        SWAP,
        [("log leaf 7 (pin, pin-299, 2026-05-28T20:31:39.000Z)", Wrong.REORDERED, "leaf 300"),
         ("log leaf 300 (pin, pin-6, 2026-05-28T20:26:46.000Z)", Wrong.REORDERED, "leaf 7")],
    ),
    "inserted below": (
        ("INSERT INTO log_leaves SELECT -1, kind, subject, at_ms, commitment, salt, body "
         "FROM log_leaves WHERE leaf_index = 7"),
        [("log leaf -1 (pin, pin-6, 2026-05-28T20:26:46.000Z)", Wrong.EXTRA, "no log has")],
    ),
}  # fmt: skip
TREE = {
    "tile changed": (
        ("UPDATE log_tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) "
         "WHERE level = 0 AND number = 1"),
        [("tile 0/1 in the database", Wrong.CHANGED, "not the signed tree's")],
    ),
    "upper tile gone": (
        "DELETE FROM log_tiles WHERE level = 1",
        [("tile 1/0 in the database", Wrong.MISSING, "gone")],
    ),
    "tile added": (
        "INSERT INTO log_tiles SELECT 0, 2, hashes FROM log_tiles WHERE level = 0 AND number = 0",
        [("tile 0/2 in the database", Wrong.EXTRA, "no such tile")],
    ),
    "root changed": (
        "UPDATE log_checkpoints SET root = decode(repeat('00', 32), 'hex') WHERE tree_size = 4",
        [("log checkpoint of 4 leaves", Wrong.CHANGED, "not those that were signed")],
    ),
    "checkpoint back-dated": (
        "UPDATE log_checkpoints SET at_ms = at_ms - 86400000 WHERE tree_size = 4",
        [("log checkpoint of 4 leaves", Wrong.CHANGED, "time of the row")],
    ),
    "signature broken": (
        ("UPDATE log_checkpoints SET note = convert_to(replace(convert_from(note, 'UTF8'), "
         "E'\\n4\\n', E'\\n5\\n'), 'UTF8') WHERE tree_size = 4"),
        [("log checkpoint of 4 leaves", Wrong.BAD_SIGNATURE, "is wrong")],
    ),
    "rolled back": (
        "DELETE FROM log_checkpoints WHERE tree_size = 403",
        [("the log in the database", Wrong.MISSING, "rolled back")],
    ),
}  # fmt: skip
CASES = LEAVES | TREE


@pytest.mark.parametrize("case", CASES)
async def test_tampering_with_the_database_is_named(
    database: Database, place: Place, fresh_database_url: str, case: str
) -> None:
    """AV-23: each way to change the database's copy is found, named, and nothing else is."""
    await fill(database, place, 3, 399)
    statement, expected = CASES[case]
    tamper(fresh_database_url, statement)
    _are((await audit(database, place)).problems, expected)


def _are(problems: list[Problem], expected: list[tuple[str, Wrong, str]]) -> None:
    assert [(p.object, p.wrong) for p in problems] == [(name, wrong) for name, wrong, _ in expected]
    for problem, (_, _, detail) in zip(problems, expected, strict=True):
        assert detail in problem.detail


FILES = {
    "tile": (Tile(0, 0), Wrong.CHANGED, "not as signed at leaf 1"),
    "upper tile": (Tile(1, 0, 1), Wrong.CHANGED, "1 of its hashes"),
    "bundle": (Tile(-1, 0), Wrong.CHANGED, "not as signed at leaf"),
}


@pytest.mark.parametrize("case", FILES)
async def test_tampering_with_the_files_is_named(
    database: Database, place: Place, case: str
) -> None:
    """A flipped bit in a tile or bundle; the file gone; a file that no tree has."""
    await fill(database, place, 3, 399)
    tile, wrong, detail = FILES[case]
    path = place.folder / tile.path
    data = bytearray(path.read_bytes())
    data[40 if tile.level < 1 else 3] ^= 1
    path.write_bytes(data)
    _are((await audit(database, place)).problems, [(f"file {tile.path} of the log", wrong, detail)])
    path.unlink()
    expected = [(f"file {tile.path} of the log", Wrong.MISSING, "gone")]
    _are((await audit(database, place)).problems, expected)
    path.with_name("999").write_bytes(bytes(data))
    assert {p.wrong for p in (await audit(database, place)).problems} == {
        Wrong.MISSING,
        Wrong.EXTRA,
    }


async def test_all_copies_but_the_leaves_are_wrong(
    database: Database, place: Place, fresh_database_url: str
) -> None:
    """With tiles gone everywhere the leaves themselves lead to the signed root."""
    await fill(database, place, 3, 399)
    tamper(fresh_database_url, "DELETE FROM log_tiles")
    shutil.rmtree(place.folder / "tile")
    found = await audit(database, place)
    assert found.size == 403
    assert {p.wrong for p in found.problems} == {Wrong.MISSING}
    assert not any("log leaf" in p.object for p in found.problems)


async def test_a_whole_rollback_names_each_lost_leaf(
    database: Database, place: Place, fresh_database_url: str
) -> None:
    """Database and own folder taken back together: the copy that others keep shows it."""
    await fill(database, place, 3)
    older = place.folder.with_name("older")
    shutil.copytree(place.folder, older)
    await fill(database, place, 0, 4)
    tamper(fresh_database_url, (
        "DELETE FROM log_checkpoints WHERE tree_size > 4;"
        "DELETE FROM log_leaves WHERE leaf_index >= 4;"
        "UPDATE log_tiles SET hashes = substring(hashes FROM 1 FOR 128)"
    ))  # fmt: skip
    files = await audit(database, place)  # the folder still knows the newer tree
    assert [p.object for p in files.problems if p.wrong is Wrong.MISSING] == [
        "the log in the database",
        *(f"log leaf {n} (pin, 2026-05-28T20:26:4{n - 4}.000Z)" for n in range(4, 8)),
    ]
    shutil.rmtree(place.folder)
    older.rename(place.folder)
    found = (await audit(database, place)).problems
    assert [(p.object.rpartition("/")[2], p.wrong) for p in found] == [
        ("checkpoint", Wrong.CHANGED), ("the log in the database", Wrong.MISSING)]  # fmt: skip
    assert "first 4 leaves" in found[0].provable


async def test_another_key(database: Database, place: Place) -> None:
    """A checkpoint signed anew: with a key that is not ours, and with one that crept among ours."""
    await fill(database, place, 3)
    Keys(place.keys).rotate()  # not by the command: the former key endorses nothing
    async with database.transaction() as tx:
        await log(tx, *leaves(1))
    await sequence_once(database, place, DAY_MS)
    (found,) = (await audit(database, place)).problems
    assert found.wrong is Wrong.BAD_SIGNATURE
    assert "no leaf of the log names" in found.detail
    keys = Keys(place.keys)
    assert verifier(keys, keys.key_id, place.origin).vkey in found.detail
    (place.keys / f"{keys.key_id}.pub.pem").unlink()
    (place.keys / "signing.pem").unlink()
    gone = (await audit(database, place)).problems
    assert {p.wrong for p in gone} == {Wrong.BAD_SIGNATURE, Wrong.EXTRA, Wrong.CHANGED}
    assert "no key of ours" in gone[0].detail
