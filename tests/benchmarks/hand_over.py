"""Owns the hand-over's figure: cases a second while a third of the answers fails, beside none.

On a database of its own. Before a figure is told it is checked that every case arrived once, in
order, with the receipt that we hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.cases.deliver import LANES, Deliverer
from pipelines.store import Database
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, rate_figure
from tests.contract.cases.storm import REVISIONS, acknowledged, arrived, queue
from tests.contract.cases.world import SECRET, World, case_system
from tests.fresh import drop_database, fresh_database

NAMES = frozenset({"hand_over"})
_WAITING = "SELECT 1 FROM case_sendings WHERE state = 'pending' LIMIT 1"
CASES, QUICK_CASES = 200, 60
FAULT_PERCENT = 30


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``hand_over``: rounds with faults and without, in turn."""
    cases = QUICK_CASES if bed.quick else CASES
    rates: dict[int, list[float]] = {FAULT_PERCENT: [], 0: []}
    for number in range(bed.rounds):
        for percent, found in rates.items():
            folder = bed.workdir / f"hand-over-{number}-{percent}"
            rate = measured(bed.stack.database_url, folder, cases, percent, seed=number)
            tell(f"hand_over: {percent} % faults: {rate:.1f} revisions a second")
            found.append(rate)
    return [
        rate_figure(
            "hand_over", rates[FAULT_PERCENT], unit="sendings/s", ceilings=rates[0],
            against="the same without faults, same run",
            note=f"{cases} cases with {REVISIONS} revisions, {LANES} lanes; {FAULT_PERCENT} % of"
            " the requests refused, kept and their answers lost, or slow; every case arrived"
            " once and in order",
        )
    ]  # fmt: skip


def measured(server_url: str, folder: Path, cases: int, percent: int, *, seed: int) -> float:
    """Sendings a second of one round; raises where one was lost, doubled or out of order."""
    folder.mkdir(parents=True)
    url = fresh_database(server_url, "handover")
    try:
        return asyncio.run(_round(url, folder, cases, percent, seed))
    finally:
        drop_database(url)


async def _round(url: str, folder: Path, cases: int, percent: int, seed: int) -> float:
    faults = ("--fault-percent", str(percent), "--slow-s", "0.1", "--seed", str(seed))
    async with Database(url, max_size=LANES + 2) as database:
        world = World(url, database, folder)
        await world.register()
        queue(world, cases)
        with case_system(folder / "cs", *faults) as system:
            deliverer = Deliverer(
                database, objects=world.objects, url=system, secret=SECRET, attempts=100,
                first_wait_s=0.05, poll_s=0.02,
            )  # fmt: skip
            began = time.perf_counter()
            running = asyncio.create_task(deliverer.run())
            while world.rows(_WAITING):  # noqa: ASYNC110  what ends it is in the database
                await asyncio.sleep(0.05)
            took_s = time.perf_counter() - began
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        held = arrived(folder / "cs")
        order = all([r for r, _ in got] == [*range(1, REVISIONS + 1)] for got in held.values())
        if len(held) != cases or not order or held != acknowledged(world):
            raise ValueError(f"{len(held)} of {cases} cases arrived, in order: {order}")
    return cases * REVISIONS / took_s
