"""A worker's deliverer as a process of its own, so that it can be killed: DATABASE OBJECTS URL."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pipelines.cases.deliver import LANES, Deliverer
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.contract.cases.world import SECRET


async def main(database_url: str, objects: str, url: str) -> None:
    """Until killed."""
    async with Database(database_url, max_size=LANES) as database:
        deliverer = Deliverer(
            database, objects=FolderVault(Path(objects)), url=url, secret=SECRET, attempts=50,
            first_wait_s=0.02, poll_s=0.02,
        )  # fmt: skip
        await deliverer.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
