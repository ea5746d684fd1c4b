"""The sequencer on a real database: numbering, checkpoints, files, crashes, contradictions."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from pipelines.evidence.keys import Keys
from pipelines.store import Database
from pipelines.transparency.audit import audit
from pipelines.transparency.folder import LogFolder
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.transparency.merkle import continues, includes, leaf_hash, tree_root
from pipelines.transparency.place import Place, ours
from pipelines.transparency.proofs import leaves_of, prove
from pipelines.transparency.publish import Inconsistent
from pipelines.transparency.sequencer import sequence_once, sequencing, thin
from pipelines.transparency.status import continued
from pipelines.transparency.tiles import tiles_of, unbundle
from pipelines.transparency.tree import consistency_proof
from tests.contract.transparency.logged import DAY_MS, fill, leaves, tamper


async def test_leaves_get_numbers_and_are_proven(database: Database, place: Place) -> None:
    """First the key, then leaves in order; each proven under the checkpoint that is published."""
    await fill(database, place, 3, 300)
    keys = Keys(place.keys)
    note = (place.folder / "checkpoint").read_bytes()
    assert (place.published[0] / "checkpoint").read_bytes() == note
    head = ours(keys, note).checkpoint
    assert (head.size, head.origin) == (304, "log.example/vigil")
    for index in (0, 1, 255, 256, 303):
        proof = await prove(database, index)
        assert proof.checkpoint == note
        assert includes(index, 304, leaf_hash(proof.entry), proof.path, head.root)
    (found,) = await leaves_of(database, "pin-7")
    assert (found.index, found.kind, found.body) == (8, "pin", b'{"n":7}')
    early = await prove(database, 2, size=3)
    assert early.size == 4


async def test_the_files_are_the_whole_log(database: Database, place: Place) -> None:
    """Entries from the bundles hash to the root that the checkpoint signs: no database needed."""
    await fill(database, place, 5, 700, 90)
    folder = LogFolder(place.folder)
    head = ours(Keys(place.keys), folder.checkpoint() or b"").checkpoint
    entries = [
        entry
        for tile in tiles_of(head.size) if tile.level < 0
        for entry in unbundle(folder.tile(tile) or b"")
    ]  # fmt: skip
    assert tree_root([leaf_hash(entry) for entry in entries]) == head.root
    assert all(folder.tile(tile) for tile in tiles_of(head.size))


async def test_trees_continue_each_other(database: Database, place: Place) -> None:
    """From any checkpoint to any later one there is a proof."""
    await fill(database, place, 1, 250, 10, 600)
    rows = await database.rows("log_checkpoints_page", after=0)
    assert [row["tree_size"] for row in rows] == [2, 252, 262, 862]
    for at, old in enumerate(rows):
        for new in rows[at:]:
            async with database.transaction() as tx:
                proof = await consistency_proof(tx, old["tree_size"], new["tree_size"])
            assert continues(
                old["tree_size"], bytes(old["root"]), new["tree_size"], bytes(new["root"]), proof
            )


async def test_nothing_waiting_signs_nothing(database: Database, place: Place) -> None:
    """An idle log makes no checkpoints; an empty one has no files."""
    assert await sequence_once(database, place, DAY_MS) == 0
    assert not (place.folder / "checkpoint").exists()
    await fill(database, place, 2)
    note = (place.folder / "checkpoint").read_bytes()
    assert await sequence_once(database, place, DAY_MS + 10**9) == 0
    assert (place.folder / "checkpoint").read_bytes() == note


async def test_two_sequencers_at_once(database: Database, place: Place) -> None:
    """Each leaf gets one number, whoever comes first; the files show the last checkpoint."""

    async def writing() -> None:
        for number in range(30):
            async with database.transaction() as tx:
                await log(tx, *leaves(5, number * 5))

    async def sequencing() -> None:
        for _ in range(25):
            await sequence_once(database, place, DAY_MS)

    await asyncio.gather(writing(), sequencing(), sequencing())
    await sequence_once(database, place, DAY_MS)
    rows = await database.rows("log_leaves_page", after=-1)
    assert [row["leaf_index"] for row in rows] == list(range(151))
    assert sorted(row["subject"] for row in rows[1:]) == sorted(f"pin-{n}" for n in range(150))
    head = ours(Keys(place.keys), (place.folder / "checkpoint").read_bytes()).checkpoint
    assert head.size == 151


async def test_leaves_of_an_unfinished_transaction_come_later(
    database: Database, place: Place
) -> None:
    """A row with a smaller id that commits later is not passed over."""
    async with database.transaction() as slow:
        await log(slow, *leaves(1))
        async with database.transaction() as fast:
            await log(fast, *leaves(1, 1))
        assert await sequence_once(database, place, DAY_MS) == 2
    assert await sequence_once(database, place, DAY_MS) == 1
    subjects = [row["subject"] for row in await database.rows("log_leaves_page", after=0)]
    assert subjects == ["pin-1", "pin-0"]


async def test_old_checkpoints_are_thinned(database: Database, place: Place) -> None:
    """A day's stay; before, the last of each hour does. The log stays provable and well."""
    hour = 3_600_000
    for number in range(6):
        async with database.transaction() as tx:
            await log(tx, *leaves(2, number * 2))
        await sequence_once(database, place, DAY_MS + (number // 2) * hour + number)
    kept = (await database.rows("log_checkpoints_page", after=0))[0]
    assert await thin(database, DAY_MS + 25 * hour) == 1
    assert await thin(database, DAY_MS + 25 * hour) == 0
    sizes = [row["tree_size"] for row in await database.rows("log_checkpoints_page", after=0)]
    assert sizes == [5, 7, 9, 11, 13]
    assert await thin(database, DAY_MS + 2000 * hour) == 2
    assert (await audit(database, place)).problems == []
    assert (await prove(database, 1, size=3)).size == 5
    assert (await continued(database, place, bytes(kept["note"]))).holds


async def test_files_catch_up(database: Database, place: Place) -> None:
    """Without its folder, or with an older state of it, the log is published from the database."""
    await fill(database, place, 200)
    older = place.folder.with_name("older")
    shutil.copytree(place.folder, older)
    await fill(database, place, 0, 300)
    newest = {path: (place.folder / path).read_bytes() for path in LogFolder(place.folder).walk()}
    shutil.rmtree(place.folder)
    await sequence_once(database, place, DAY_MS)
    for tile in tiles_of(501):
        assert (place.folder / tile.path).read_bytes() == newest[tile.path]
    shutil.rmtree(place.folder)
    older.rename(place.folder)
    await sequence_once(database, place, DAY_MS)
    for tile in tiles_of(501):
        assert (place.folder / tile.path).read_bytes() == newest[tile.path]
    assert (place.folder / "checkpoint").read_bytes() == (
        place.published[0] / "checkpoint"
    ).read_bytes()


ROLL_BACK = (
    "DELETE FROM log_checkpoints WHERE tree_size > 4; DELETE FROM log_leaves WHERE leaf_index >= 4;"
    "UPDATE log_tiles SET hashes = substring(hashes FROM 1 FOR 128)"
)


@pytest.mark.parametrize("kept", ["folder", "others"])
async def test_a_database_rolled_back_signs_nothing(
    database: Database, place: Place, fresh_database_url: str, kept: str
) -> None:
    """What was published, in the folder or with others, is not contradicted; the leaves wait."""
    await fill(database, place, 3, 5)
    tamper(fresh_database_url, ROLL_BACK)
    lost = place.published[0] if kept == "folder" else place.folder
    shutil.rmtree(lost)
    async with database.transaction() as tx:
        await log(tx, *leaves(1))
    for _ in range(2):
        with pytest.raises(Inconsistent, match="rolled back"):
            await sequence_once(database, place, DAY_MS)
    waiting = await database.row("log_pending_count")
    assert waiting == {"leaves": 1}
    newest = await database.row("log_newest")
    assert newest is not None
    assert newest["tree_size"] == 4


TAMPERS = {
    "a changed tile": "UPDATE log_tiles SET hashes = set_byte(hashes, 9, get_byte(hashes, 9) # 1)",
    "a tile gone": "DELETE FROM log_tiles",
    "a changed root": "UPDATE log_checkpoints SET root = decode(repeat('00', 32), 'hex')",
    "a changed note": "UPDATE log_checkpoints SET note = set_byte(note, 9, get_byte(note, 9) # 1)",
    "another size": "UPDATE log_checkpoints SET tree_size = 5 WHERE tree_size = 9",
}


@pytest.mark.parametrize("tampered", TAMPERS)
async def test_an_inconsistent_tree_is_never_signed(
    database: Database, place: Place, fresh_database_url: str, tampered: str
) -> None:
    """A tree that is not the one signed before grows no further."""
    await fill(database, place, 3, 5)
    tamper(fresh_database_url, TAMPERS[tampered])
    async with database.transaction() as tx:
        await log(tx, *leaves(1))
    before = await database.row("log_newest")
    with pytest.raises(Inconsistent):
        await sequence_once(database, place, DAY_MS)
    assert await database.row("log_newest") == before
    assert await database.row("log_pending_count") == {"leaves": 1}


async def test_a_fork_with_our_own_key_is_not_continued(
    database: Database, place: Place, fresh_database_url: str, tmp_path: Path
) -> None:
    """Two logs under one key: the second finds the first's checkpoint and stops."""
    await fill(database, place, 3)
    tamper(fresh_database_url, "TRUNCATE log_leaves, log_tiles, log_checkpoints, log_stamps")
    elsewhere = Place(origin=place.origin, folder=tmp_path / "second", keys=place.keys)
    await fill(database, elsewhere, 0, 6)
    with pytest.raises(Inconsistent, match="another root"):
        await sequence_once(database, place, DAY_MS)


async def test_a_checkpoint_file_that_is_not_ours_stops_the_log(
    database: Database, place: Place
) -> None:
    """A file that somebody put there is looked at by a person first."""
    await fill(database, place, 3)
    (place.folder / "checkpoint").write_text("log.example/vigil\n9\nAAAA\n\n— x AAAAAAAA\n")
    with pytest.raises(Inconsistent, match="no key of ours"):
        await sequence_once(database, place, DAY_MS)


async def test_a_changed_leaf_is_not_published(
    database: Database, place: Place, fresh_database_url: str
) -> None:
    """A leaf changed before its bundle was written does not get out under the tree's name."""
    await fill(database, place, 3)
    shutil.rmtree(place.folder)
    tamper(fresh_database_url, "UPDATE log_leaves SET at_ms = at_ms - 5 WHERE leaf_index = 2")
    with pytest.raises(Inconsistent, match="leaves 0 to 3"):
        await sequence_once(database, place, DAY_MS)


async def test_an_unreachable_copy_does_not_stop_the_log(database: Database, place: Place) -> None:
    """Others' folder is theirs: where it cannot be written the log goes on."""
    place.published[0].write_text("not a folder")
    await fill(database, place, 3)
    assert (place.folder / "checkpoint").exists()


async def test_a_body_that_could_stop_the_log_is_refused_at_once(database: Database) -> None:
    """What has no canonical form fails in the transaction of whoever logs it."""
    bad = Leaf(kind=Kind.PIN, subject="x", at_ms=1, body={"value": 1.5})
    with pytest.raises(TypeError):
        async with database.transaction() as tx:
            await log(tx, bad)


async def test_a_stopped_log_is_loud(database: Database, place: Place) -> None:
    """The running sequencer says that it stopped and counts what waits, instead of signing."""
    await fill(database, place, 3)
    (place.folder / "checkpoint").write_text("not a checkpoint")
    async with database.transaction() as tx:
        await log(tx, *leaves(4))
    running = asyncio.create_task(sequencing(database, place))
    try:
        async with asyncio.timeout(20):
            while REGISTRY.get_sample_value("vigil_log_pending") != 4:  # noqa: ASYNC110 - a gauge
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
    assert REGISTRY.get_sample_value("vigil_log_stopped") == 1
    assert REGISTRY.get_sample_value("vigil_log_size") == 4
    newest = await database.row("log_newest")
    assert newest is not None
    assert newest["tree_size"] == 4
