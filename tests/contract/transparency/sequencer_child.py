"""A sequencer in a process of its own, to be killed: ``python -m ... URL FOLDER WHEN``.

WHEN: ``tiles`` kills it as it begins to write files, after its commit; ``commit`` just before its
commit; ``checkpoint`` when all tiles are written but not the checkpoint. The kill is SIGKILL.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from pipelines.store import Database, Transaction
from pipelines.transparency.folder import LogFolder
from pipelines.transparency.place import Place
from pipelines.transparency.sequencer import sequence_once


def main(url: str, folder: str, when: str) -> None:
    """Sequences once and dies at the moment asked for."""

    def die(*_: object, **__: object) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    if when == "tiles":
        LogFolder.put_tile = die  # type: ignore[method-assign]
    elif when == "checkpoint":
        LogFolder.put_checkpoint = die  # type: ignore[method-assign]
    else:
        execute = Transaction.execute

        async def until(tx: Transaction, name: str, **params: object) -> int:
            if name == "log_taken":
                die()
            return await execute(tx, name, **params)

        Transaction.execute = until  # type: ignore[method-assign, assignment]
    place = Place(origin="log.example/vigil", folder=Path(folder) / "log",
                  keys=Path(folder) / "keys")  # fmt: skip
    asyncio.run(_once(url, place))


async def _once(url: str, place: Place) -> None:
    async with Database(url, max_size=1) as database:
        await sequence_once(database, place, 1_780_000_100_000)


if __name__ == "__main__":
    main(*sys.argv[1:])
