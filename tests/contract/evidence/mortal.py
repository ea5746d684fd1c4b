"""Workers that pin evidence until they are killed, forked from one that has loaded everything.

A program of its own, so that nothing forks the test's process with its threads:
``python -m tests.contract.evidence.mortal URL FOLDER MESSAGES KILLS SEED LONGEST_S``
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pipelines.evidence.keys import Keys
from pipelines.runtime import PartitionRunner
from pipelines.store import Database
from tests.contract.evidence.conftest import World

LOG_ID = "mortal"
MOST = 3
"""Messages of one run; their alerts are pinned side by side."""


async def work(url: str, folder: Path, messages: int, *, begun: int | None = None) -> None:
    """Seals as a worker does: every message is given to it, those dealt with are skipped.

    Args:
        begun: a pipe that is written to when the work begins.
    """
    async with Database(url, max_size=4) as database:
        world = World(database=database, url=url, folder=folder, video=Path())
        stage = world.stage(still_s=0, told_late_s=0)
        runner = PartitionRunner(stage, 0, database, log_id=LOG_ID)
        given = world.messages(*(f"k{number}" for number in range(messages)))
        async with database.transaction() as tx:
            row = await tx.row("runtime_offset", log_id=LOG_ID, stage=stage.name, partition=0)
        at = row["next_offset"] if row else 0
        if begun is not None:
            os.write(begun, b"!")
        while at < messages:
            many = 1 + at % MOST
            await runner.run(given[at : at + many])
            at += many


def killed(url: str, folder: Path, messages: int, *, after_s: float) -> bool:
    """Whether a new worker was killed so long after it had begun; False when it was done first."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        asyncio.run(work(url, folder, messages, begun=writes))
        os._exit(0)
    os.close(writes)
    os.read(reads, 1)
    os.close(reads)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main(arguments: Sequence[str]) -> None:
    """Kills as often as asked, and tells how often one was killed and how many finished."""
    url, folder, messages, kills, seed, longest_s = arguments
    chance = random.Random(int(seed))
    Keys(Path(folder) / "keys")
    count, done = 0, 0
    while count < int(kills) and not done:
        after_s = chance.uniform(0, float(longest_s))
        if killed(url, Path(folder), int(messages), after_s=after_s):
            count += 1
        else:
            done += 1
    sys.stdout.write(json.dumps({"killed": count, "finished": done}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
