"""Gaps and clocks on their way into the database, which may be away: kept on disk, then in order.

A camera must go on being recorded while nobody can be told, and nobody may forget what was missing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import Any

import msgspec
import structlog

from pipelines.errors import Transient
from pipelines.footage.ring import camera_folder
from pipelines.footage.types import Gap
from pipelines.gateways.capture.types import ClockNote
from pipelines.store import Database

log = structlog.get_logger(__name__)
_NAME = "untold.jsonl"
AGAIN_S = 5.0


class _Entry(msgspec.Struct, frozen=True):
    statement: str
    row: dict[str, Any]


class Ledger:
    """What one camera's node has to tell the database. One event loop."""

    def __init__(self, folder: Path, camera_id: str, database: Database) -> None:
        """Takes up what the last run could not tell."""
        where = camera_folder(folder, camera_id)
        where.mkdir(parents=True, exist_ok=True)
        self._spool = where / _NAME
        self._database = database
        self._waiting: deque[_Entry] = deque(self._left())
        self._telling = asyncio.Lock()
        self._new = asyncio.Event()

    @property
    def untold(self) -> int:
        """How many rows wait."""
        return len(self._waiting)

    async def gap(self, gap: Gap) -> None:
        """Keeps a gap; returns once it is on disk, from where ``keep_telling`` takes it."""
        await self._keep(_Entry("footage_gap", msgspec.to_builtins(gap)))

    async def clock(self, note: ClockNote) -> None:
        """Keeps how a connection's time was mapped."""
        await self._keep(_Entry("footage_clock", msgspec.to_builtins(note)))

    async def tell(self) -> bool:
        """Tells the database what waits; says whether nothing waits any more."""
        async with self._telling:
            told = 0
            try:
                while self._waiting:
                    entry = self._waiting[0]
                    await self._database.execute(entry.statement, **entry.row)
                    self._waiting.popleft()
                    told += 1
            except Transient as error:
                log.warning("gaps_wait", untold=len(self._waiting), why=str(error))
            if told:
                await asyncio.to_thread(self._write)
            return not self._waiting

    async def keep_telling(self) -> None:
        """Tells at once what is new, and again what could not be told; until cancelled."""
        while True:
            self._new.clear()
            try:
                done = await self.tell()
            except Exception:  # e.g. a schema that is not today's: it waits on disk
                log.exception("gaps_not_told", untold=len(self._waiting))
                done = False
            if done:
                await self._new.wait()
            else:
                await asyncio.sleep(AGAIN_S)

    async def _keep(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        await asyncio.to_thread(self._write)
        self._new.set()

    def _left(self) -> list[_Entry]:
        try:
            lines = self._spool.read_bytes().splitlines()
        except OSError:
            return []
        entries = []
        for line in lines:
            try:
                entries.append(msgspec.json.decode(line, type=_Entry))
            except msgspec.MsgspecError:  # the last line of a crash
                log.warning("untold_unreadable", path=str(self._spool))
        return entries

    def _write(self) -> None:
        """The spool is what waits, whole; on a disk that is full it waits in memory only."""
        partial = self._spool.with_suffix(".new")
        try:
            if not self._waiting:
                self._spool.unlink(missing_ok=True)
                return
            lines = [msgspec.json.encode(entry) for entry in list(self._waiting)]
            partial.write_bytes(b"\n".join(lines) + b"\n")
            partial.replace(self._spool)
        except OSError as error:
            log.warning("untold_in_memory_only", path=str(self._spool), error=str(error))
