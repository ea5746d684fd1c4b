"""A third of all answers fails, is slow or is lost, call-backs come twice, workers are killed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines import codec, topics
from pipelines.cases.callback import receive
from tests.contract.cases.storm import REVISIONS, acknowledged, arrived, queue
from tests.contract.cases.world import ROOT, SECRET, Listener, World, case_system

CASES = 25
FAULTS = ("--fault-percent", "30", "--slow-s", "0.05", "--seed", "7")


async def test_every_case_arrives_once_and_in_order(world: World, tmp_path: Path) -> None:
    """OFF-17: with 30 % of the answers failing, slow or lost, four lanes at once."""
    queue(world, CASES)
    with case_system(tmp_path / "cs", *FAULTS) as url:
        deliverer = world.hand_over(url, attempts=50)
        running = asyncio.create_task(deliverer.run())
        await _until_sent(world)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    _once_and_in_order(world, tmp_path / "cs")
    tries = world.rows("SELECT sum(attempts) AS n FROM case_sendings")[0]["n"]
    assert tries > CASES * REVISIONS, "something failed on the way"


async def test_killed_workers_change_nothing(world: World, tmp_path: Path) -> None:
    """OFF-17: kill -9 at any moment, two workers at once; every case once, in order."""
    queue(world, CASES)
    chance = random.Random(7)
    with case_system(tmp_path / "cs", *FAULTS) as url:
        kills = 0
        until = time.monotonic() + 120
        while world.rows("SELECT 1 FROM case_sendings WHERE state = 'pending' LIMIT 1"):
            assert time.monotonic() < until, "it never ends"
            with _worker(world, url), _worker(world, url):
                before = len(world.rows("SELECT 1 FROM case_sendings WHERE state <> 'pending'"))
                while time.monotonic() < until:  # killed once at work, not while it starts
                    now = world.rows("SELECT 1 FROM case_sendings WHERE state <> 'pending'")
                    if len(now) >= min(before + 15, CASES * REVISIONS):
                        break
                    await asyncio.sleep(0.01)
                await asyncio.sleep(chance.uniform(0, 0.05))
            kills += 1
        assert kills > 2
    _once_and_in_order(world, tmp_path / "cs")
    events = world.rows("SELECT 1 FROM alert_events WHERE action = 'case_acknowledged'")
    assert len(events) == CASES * REVISIONS


async def test_call_backs_that_come_twice_and_late_come_to_the_same(
    world: World, tmp_path: Path
) -> None:
    """OFF-17, OFF-18: every second one twice, taken in any order."""
    world.alert("a1")
    await world.confirm("a1")
    listener = Listener()
    with (
        listener.listening() as callback,
        case_system(
            tmp_path / "cs", "--callback", callback, "--decide-after-s", "0",
            "--double-percent", "50", "--seed", "3",
        ) as url,
    ):  # fmt: skip
        await world.deliver(url)
        for _ in range(600):
            if any(b'"closed"' in body for _, body in listener.calls):
                break
            await asyncio.sleep(0.05)
    assert len(listener.calls) > 10
    calls = list(listener.calls)
    random.Random(5).shuffle(calls)
    for headers, body in calls:
        await receive(
            world.database, headers, body, secret=SECRET, now_ms=time.time_ns() // 1_000_000
        )
    await world.run(world.answers(), *world.sent(topics.ANSWERS, codec.AnswerMessage))
    case = world.case()
    assert (case["status"], case["decision"]) == ("closed", "penalty")
    taken = world.rows("SELECT taken FROM case_answers")
    assert len(taken) == 10
    assert {row["taken"] for row in taken} == {"current", "late"}


def _once_and_in_order(world: World, folder: Path) -> None:
    held, believed = arrived(folder), acknowledged(world)
    assert len(held) == CASES
    assert all([r for r, _ in got] == [*range(1, REVISIONS + 1)] for got in held.values())
    assert held == believed, "every receipt is the one that the receiver gave"
    assert {row["state"] for row in world.rows("SELECT state FROM cases")} == {"acknowledged"}


async def _until_sent(world: World) -> None:
    for _ in range(3000):
        if not world.rows("SELECT 1 FROM case_sendings WHERE state = 'pending' LIMIT 1"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("something still waits")


@contextmanager
def _worker(world: World, url: str) -> Iterator[None]:
    command = [
        sys.executable, "-m", "tests.contract.cases.sender", world.url,
        str(world.folder / "objects"), url,
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield
        finally:
            process.kill()
