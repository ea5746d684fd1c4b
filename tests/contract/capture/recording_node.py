"""Records a film as fast as it goes and tells a database, in a process that may be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pipelines.gateways.capture.ledger import Ledger
from pipelines.gateways.capture.node import capture
from pipelines.gateways.capture.types import CameraEvent, CameraSource, FrameMessage
from pipelines.store import Database


async def _unsent(message: FrameMessage | CameraEvent) -> None:
    del message


async def record(film: str, folder: Path, database_url: str, start_ms: int) -> None:
    """Until the film is over and everything is told."""
    async with Database(database_url, max_size=2) as database:
        ledger = Ledger(folder, "pool", database)
        telling = asyncio.create_task(ledger.keep_telling())
        await capture(
            CameraSource(camera_id="pool", url=film, start_ms=start_ms), folder=folder,
            send=_unsent, on_part=ledger.part, on_gap=ledger.gap, stop=asyncio.Event(),
            pace=60.0, look_every_s=1e6, analyse_fps=0.01,
        )  # fmt: skip
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await ledger.take_stock()
        await ledger.tell()


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
