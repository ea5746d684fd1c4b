"""The commands as processes: the whole way by the terminal, and killed at any moment."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from pipelines.keeping.certificates import removed
from pipelines.transparency.publish import catch_up
from pipelines.vault.folder import FolderVault
from tests.contract.keeping.test_prune import LONG_AGO, NOW
from tests.contract.keeping.world import World

ROOT = Path(__file__).parents[3]
PROGRAM = "from pipelines.keeping.commands import keeping; keeping()"


def command(*words: str) -> list[str]:
    """A command line of keeping."""
    return [sys.executable, "-c", PROGRAM, *words]


def surroundings(world: World) -> dict[str, str]:
    """Settings of a process over this world."""
    return os.environ | {
        "VIGIL_DATABASE_URL": world.url,
        "VIGIL_DATA_DIR": str(world.folder),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }


async def said(world: World, *words: str, status: int = 0) -> str:
    """Runs one and returns what it printed."""
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            command(*words), env=surroundings(world), cwd=world.folder, check=False,
            capture_output=True, text=True,
        )
    )  # fmt: skip
    assert done.returncode == status, done.stderr + done.stdout
    return (done.stdout + done.stderr).strip()


async def test_the_whole_way_by_the_terminal(world: World, tmp_path: Path) -> None:
    """AV-21, AV-22, AV-23, AV-28, AV-29: hold, release, propose, approve, carry out, mirror."""
    (sha256,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    await world.sealed("a2", b"two", at_ms=LONG_AGO, state="dismissed")
    await world.sequence(LONG_AGO)
    held = await said(world, "hold", "alert:a2", "--by", "wang", "--reason", "a suit")
    assert "may not release" in await said(
        world, "release", held, "--by", "arch", "--reason", "x", status=1
    )
    assert "evidence-a1" in await said(world, "prune", "propose", "--by", "arch", "--dry-run")
    assert world.sql("SELECT count(*) FROM keeping_proposals") == [(0,)]
    proposal_id = (await said(world, "prune", "propose", "--by", "arch")).splitlines()[0]
    assert "may not approve_prune" in await said(
        world, "prune", "approve", proposal_id, "--by", "arch", status=1
    )
    await said(world, "prune", "approve", proposal_id, "--by", "lead")
    told = await said(world, "prune", "carry-out", proposal_id, "--by", "arch")
    assert "certificate" in told
    assert "1 objects removed" in told
    assert not world.vault.exists(sha256)
    await said(world, "release", held, "--by", "lead", "--reason", "over")
    mark = await said(
        world, "permanent", "a2", "--by", "wang", "--ground", "litigation", "--reason", "suit 3"
    )
    await said(world, "permanent-decide", mark, "--by", "lead")
    assert "nothing may go" in await said(world, "prune", "propose", "--by", "arch")
    await world.sequence(NOW)
    away = str(tmp_path / "away")
    assert "1 objects copied" in await said(world, "mirror", away)
    told = await said(world, "mirror", away, "--restore-test", "--all", "--seed", "1")
    assert "1 of 1 objects restored, 2 pins, 1 certificates" in told
    assert len(list((tmp_path / "restore-tests").glob("*.json"))) == 1
    FolderVault(tmp_path / "away").remove(next(iter(world.vault.walk())))
    assert "missing" in await said(world, "mirror", away, "--restore-test", "--all", status=1)


async def test_killed_at_any_moment_of_carrying_out(world: World) -> None:
    """AV-28: kill -9 leaves the object, or its certificate with the removal still to be done."""
    objects: set[str] = set()
    for number in range(60):
        contents = [f"{number} {part}".encode() for part in range(3)]
        objects |= set(
            await world.sealed(f"a{number:02}", *contents, at_ms=LONG_AGO, state="dismissed")
        )
    await world.sequence(LONG_AGO)
    proposal_id = (await said(world, "prune", "propose", "--by", "arch")).splitlines()[0]
    await said(world, "prune", "approve", proposal_id, "--by", "lead")
    chance, kills = random.Random(28), 0
    for _ in range(12):
        kills += await asyncio.to_thread(killed, world, proposal_id, chance.uniform(0, 0.12))
        whole(world, objects)
    assert kills >= 4
    told = await said(world, "prune", "carry-out", proposal_id, "--by", "arch")
    whole(world, objects)
    assert "waits" not in told
    assert list(world.vault.walk()) == []
    assert world.sql("SELECT count(*), count(DISTINCT item_id) FROM keeping_certificates") == [
        (60, 60)
    ]
    assert set(await removed(world.database)) == objects
    assert world.sql("SELECT count(*) FROM keeping_proposals WHERE finished_ms IS NOT NULL") == [
        (1,)
    ]
    await world.sequence(NOW)
    assert world.sql("SELECT count(*) FROM log_leaves WHERE kind = 'deletion'") == [(60,)]
    async with world.database.transaction() as tx:
        assert await catch_up(tx, world.place, world.keys)


def killed(world: World, proposal_id: str, after_s: float) -> bool:
    """Carries out until it has begun, then kills it after a moment; whether it was at work."""
    done = "SELECT (SELECT count(*) FROM keeping_certificates) + (SELECT count(*) FROM"
    done += " keeping_removals WHERE removed_ms IS NOT NULL)"
    before = world.sql(done)
    process = subprocess.Popen(
        command("prune", "carry-out", proposal_id, "--by", "arch"),
        env=surroundings(world), cwd=world.folder, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until_s = time.monotonic() + 60
    while world.sql(done) == before and process.poll() is None and time.monotonic() < until_s:
        time.sleep(0.005)
    time.sleep(after_s)
    working = process.poll() is None
    process.kill()
    process.wait()
    return working


def whole(world: World, objects: set[str]) -> None:
    """Every object lies there, or a certificate tells of it; what a tick says is gone, is gone."""
    there = set(world.vault.walk())
    told = {row[0] for row in world.sql("SELECT sha256 FROM keeping_removals")}
    ticked = {
        row[0]
        for row in world.sql("SELECT sha256 FROM keeping_removals WHERE removed_ms IS NOT NULL")
    }
    assert objects - there <= told
    assert not ticked & there
    for (body,) in world.sql("SELECT body FROM keeping_certificates"):
        assert b"vigil-deletion-certificate/1" in bytes(body)
