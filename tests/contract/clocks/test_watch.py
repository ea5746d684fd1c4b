"""Warnings, breaches and escalations on the real database: exactly once, and never too late."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from pipelines.clocks import keep
from pipelines.clocks.acts import hear
from pipelines.clocks.due import tellings
from pipelines.clocks.kinds import in_force
from pipelines.clocks.watch import look
from tests.contract.clocks.world import DAY, HOUR, World, at

ROOT = Path(__file__).parents[3]
T = at("2026-03-02T10:00")
TOLD = "SELECT officer_id, subject FROM notices ORDER BY queued_ms, officer_id"


async def test_warned_then_breached_then_escalated_each_once(world: World) -> None:
    """OFF-8, OFF-21: the unit before the end, the leader after it, and nobody twice."""
    world.alert("a", at_ms=T)
    await world.keep(keep.started("take_on", "alert", "a", at_ms=T))
    due_ms = world.clock("take_on", "a")["due_ms"]
    assert (await look(world.database, T + HOUR)).clocks == 0
    for now_ms in (due_ms - 4 * HOUR, due_ms - 3 * HOUR, due_ms, due_ms + 1, due_ms + HOUR):
        await look(world.database, now_ms)
        await look(world.database, now_ms)
    assert world.actions("take_on", "a") == ["started", "warned", "breached", "escalated"]
    assert [who for who, _ in world.sql(TOLD)] == ["li", "wang", "lead"]
    assert world.clock("take_on", "a")["state"] == "breached"
    assert world.sql("SELECT due_ms FROM alerts") == [(due_ms,)]


async def test_a_met_clock_never_escalates_months_later(world: World) -> None:
    """OFF-21: as Grafana OnCall did to its users; done is done, whatever was planned."""
    world.alert("a", at_ms=T)
    await world.keep(
        keep.started("take_on", "alert", "a", at_ms=T),
        keep.met("take_on", "a", at_ms=T + HOUR, by="wang"),
    )
    await look(world.database, T + 200 * DAY)
    assert world.actions("take_on", "a") == ["started", "met"]
    assert world.sql(TOLD) == []


async def test_met_between_two_looks_stays_silent(world: World) -> None:
    """OFF-21: a step taken in time that is heard of after the mark is in time, and calls nobody."""
    world.alert("a", at_ms=T)
    await world.keep(keep.started("take_on", "alert", "a", at_ms=T))
    due_ms = world.clock("take_on", "a")["due_ms"]
    await look(world.database, due_ms + 1)
    told = len(world.sql(TOLD))
    await world.keep(keep.met("take_on", "a", at_ms=due_ms - HOUR, by="wang"))
    await look(world.database, due_ms + 30 * DAY)
    assert world.clock("take_on", "a")["state"] == "met"
    assert len(world.sql(TOLD)) == told


async def test_nobody_is_called_after_a_leader_took_note(world: World) -> None:
    """OFF-21: acknowledged once, the later steps of the escalation are left out."""
    world.alert("a", at_ms=T)
    await world.keep(keep.started("take_on", "alert", "a", at_ms=T))
    clock = world.clock("take_on", "a")
    await look(world.database, clock["due_ms"] + 1)
    assert await hear(world.database, clock["clock_id"], by="lead", ground="", now_ms=T + 5 * DAY)
    assert not await hear(world.database, clock["clock_id"], by="lead", ground="", now_ms=T)
    told = len(world.sql(TOLD))
    await look(world.database, T + 60 * DAY)
    assert len(world.sql(TOLD)) == told
    assert world.clock("take_on", "a")["state"] == "breached"


async def test_after_a_long_standstill_only_the_newest_is_told(world: World) -> None:
    """OFF-21: a worker that was down for weeks tells each leader once, not of every step missed."""
    world.alert("a", at_ms=T)
    await world.keep(keep.started("take_on", "alert", "a", at_ms=T))
    await look(world.database, T + 40 * DAY)
    assert [who for who, _ in world.sql(TOLD)] == ["lead"]
    assert world.actions("take_on", "a") == ["started", "breached", "escalated"]


async def test_the_holder_is_told_and_another_unit_is_not(world: World) -> None:
    """OFF-21: whoever took the alert on; the leader of the unit, never of another."""
    world.alert("a", at_ms=T, state="acknowledged", assignee="wang")
    await world.keep(keep.started("verdict", "alert", "a", at_ms=T))
    due_ms = world.clock("verdict", "a")["due_ms"]
    await look(world.database, due_ms - HOUR)
    await look(world.database, due_ms + HOUR)
    assert [who for who, _ in world.sql(TOLD)] == ["wang", "lead"]


async def test_a_paused_clock_is_silent_and_warns_anew(world: World) -> None:
    """OFF-17: while it stands still nobody is told; the new end has warnings of its own."""
    await world.keep(
        keep.started("decision", "case", "c", at_ms=T, party_id="p"),
        keep.paused("decision", "c", at_ms=T + DAY, by="lead", reason_code="hearing"),
    )
    await look(world.database, T + 300 * DAY)
    assert world.actions("decision", "c") == ["started", "paused"]
    await world.keep(keep.resumed("decision", "c", at_ms=T + 300 * DAY, by="lead"))
    assert (await look(world.database, T + 301 * DAY)).clocks == 0
    clock = world.clock("decision", "c")
    first = tellings(in_force().at("decision", T), T, clock["due_ms"])[0]
    assert (await look(world.database, first.at_ms)).warned == 1


async def test_many_workers_look_at_once(world: World) -> None:
    """OFF-21: six looks abreast tell each leader of each clock once."""
    for number in range(30):
        world.alert(f"a{number}", at_ms=T)
        await world.keep(keep.started("take_on", "alert", f"a{number}", at_ms=T))
    await asyncio.gather(*(look(world.database, T + 10 * DAY) for _ in range(6)))
    await look(world.database, T + 10 * DAY)
    assert world.sql("SELECT count(*), count(DISTINCT notice_id) FROM notices") == [(30, 30)]
    assert world.sql("SELECT count(*) FROM clocks WHERE state = 'breached'") == [(30,)]


async def test_killed_between_the_mark_and_the_telling(world: World) -> None:
    """OFF-21: kill -9 at any moment; in the end every breach is marked and told exactly once."""
    many = 300
    for number in range(many):
        world.alert(f"a{number}", at_ms=T)
    await world.keep(
        *(keep.started("take_on", "alert", f"a{number}", at_ms=T) for number in range(many))
    )
    chance, kills = random.Random(21), 0
    for _ in range(8):
        kills += await asyncio.to_thread(_killed, world, chance.uniform(0, 0.15))
        breached, told = world.sql(
            "SELECT (SELECT count(*) FROM clocks WHERE state = 'breached'),"
            " (SELECT count(*) FROM notices)"
        )[0]
        assert breached == told
    assert kills >= 1
    while (await look(world.database, T + 10 * DAY)).clocks:
        pass
    assert world.sql("SELECT count(*), count(DISTINCT body) FROM notices") == [(many, many)]
    assert world.sql("SELECT count(*) FROM clock_events WHERE action = 'escalated'") == [(many,)]


def _killed(world: World, after_s: float) -> bool:
    """Lets a process look until it has begun, then kills it; whether it was at work."""
    program = (
        "import asyncio, pipelines.clocks.watch as w\n"
        "from pipelines.store import Database\n"
        "w.AT_ONCE = 7\n"
        "async def main():\n"
        f"    async with Database({world.url!r}, max_size=2) as d:\n"
        "        print('up', flush=True)\n"
        f"        while (await w.look(d, {T + 10 * DAY}, public_url='u')).clocks: pass\n"
        "asyncio.run(main())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(after_s)
    working = process.poll() is None
    process.kill()
    process.wait()
    process.stdout.close()
    return working
