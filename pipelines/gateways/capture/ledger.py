"""What a camera's node has to tell the database, which may be away: kept on disk, then in order.

A camera must go on being recorded while nobody can be told, and nobody may forget what was recorded
or missing. A part is told with its leaf in one transaction, and only once however often it is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import structlog

from pipelines.errors import Transient
from pipelines.footage.parts import part_at
from pipelines.footage.ring import camera_folder, recorded
from pipelines.footage.types import Gap, Part
from pipelines.gateways.capture.spool import Spool
from pipelines.gateways.capture.types import ClockNote
from pipelines.runtime import wall_clock_ms
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf
from pipelines.transparency.leaf import log as log_leaves

log = structlog.get_logger(__name__)
_NAME = "untold.jsonl"
_PARTS = "footage_parts"
AGAIN_S = 5.0
TOGETHER_S = 5.0  # what comes within so long goes in one transaction, which costs 3 ms of CPU
MOST = 500  # rows a transaction


class _Entry(msgspec.Struct, frozen=True):
    statement: str
    row: dict[str, Any]


class Ledger:
    """The rows of one camera. One event loop."""

    def __init__(
        self, folder: Path, camera_id: str, database: Database,
        *, now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:  # fmt: skip
        """Takes up what the last run could not tell."""
        camera_folder(folder, camera_id).mkdir(parents=True, exist_ok=True)
        self._folder, self._camera_id, self._database = folder, camera_id, database
        self._spool = Spool(camera_folder(folder, camera_id) / _NAME)
        self._now_ms = now_ms
        self._telling = asyncio.Lock()
        self._new = asyncio.Event()

    @property
    def untold(self) -> int:
        """How many rows wait."""
        return len(self._spool)

    async def part(self, part: Part) -> None:
        """Keeps a closed part; returns once it is on disk, from where ``keep_telling`` takes it."""
        row = {
            "camera_id": part.camera_id, "start_ms": part.start_ms, "end_ms": part.end_ms,
            "sha256": part.sha256, "size_bytes": part.size_bytes, "recorded_ms": self._now_ms(),
        }  # fmt: skip
        await self._keep(_Entry(_PARTS, row))

    async def gap(self, gap: Gap) -> None:
        """Keeps a gap, as ``part`` does."""
        await self._keep(_Entry("footage_gap", msgspec.to_builtins(gap)))

    async def clock(self, note: ClockNote) -> None:
        """Keeps how a connection's time was mapped, as ``part`` does."""
        await self._keep(_Entry("footage_clock", msgspec.to_builtins(note)))

    async def tell(self) -> bool:
        """Tells the database what waits; says whether nothing waits any more."""
        async with self._telling:
            try:
                while self.untold:
                    taken = await asyncio.to_thread(self._spool.first, MOST)
                    async with self._database.transaction() as tx:
                        await _tell(tx, _read(taken.lines))
                    await asyncio.to_thread(self._spool.drop, taken)
            except (Transient, OSError) as error:
                log.warning("untold", camera=self._camera_id, waiting=self.untold, why=str(error))
            return not self.untold

    async def take_stock(self) -> int:
        """Keeps every part on disk of which the database has no row: one that a killed node had
        closed and not told, or an older Vigil's. Returns how many.

        Raises:
            Transient: the database is away.
        """
        lying = await asyncio.to_thread(recorded, self._folder, self._camera_id)
        if not lying:
            return 0
        row = await self._database.row(
            "footage_parts_known", camera_id=self._camera_id, from_ms=lying[0][0]
        )
        known, found = set(row["starts"] if row else ()), 0
        for start_ms, path in lying:
            if start_ms in known:
                continue
            part = await asyncio.to_thread(part_at, self._camera_id, start_ms, path)
            if part is not None:
                await self.part(part)
                found += 1
        return found

    async def keep_telling(self) -> None:
        """Tells what is new, again what could not be told; takes stock once. Until cancelled."""
        stocked = False
        while True:
            self._new.clear()
            try:
                done = await self.tell()
                if done and not stocked:
                    if found := await self.take_stock():
                        log.info("parts_found_untold", camera=self._camera_id, parts=found)
                    stocked, done = True, not self.untold
            except Transient:
                done = False
            except Exception:  # e.g. a schema that is not today's: it waits on disk
                log.exception("not_told", camera=self._camera_id, waiting=self.untold)
                done = False
            if done:
                await self._new.wait()
            await asyncio.sleep(TOGETHER_S if done else AGAIN_S)

    async def _keep(self, entry: _Entry) -> None:
        await asyncio.to_thread(self._spool.add, msgspec.json.encode(entry))
        self._new.set()


def _read(lines: Sequence[bytes]) -> list[_Entry]:
    entries = []
    for line in lines:
        try:
            entries.append(msgspec.json.decode(line, type=_Entry))
        except msgspec.MsgspecError:  # a disk that lost its power
            log.warning("untold_unreadable", line=line[:200])
    return entries


async def _tell(tx: Transaction, entries: Sequence[_Entry]) -> None:
    for statement, run in groupby(entries, key=lambda entry: entry.statement):
        rows = [entry.row for entry in run]
        if statement != _PARTS:
            await tx.execute_many(statement, rows)
        elif new := await tx.rows(_PARTS, parts=rows):
            await log_leaves(tx, *map(_leaf, new))


def _leaf(row: dict[str, Any]) -> Leaf:
    names = ("camera_id", "start_ms", "end_ms", "size_bytes")
    return Leaf(
        kind=Kind.RECORDING_PART, subject=row["sha256"], at_ms=row["recorded_ms"],
        body={name: row[name] for name in names},
    )  # fmt: skip
