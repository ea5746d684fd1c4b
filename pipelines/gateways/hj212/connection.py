"""Owns one connection: from its bytes to answered frames, and when to be rid of it.

Frames are taken one after another and the next bytes are read only when the last frame is dealt
with: a slow broker slows the station, and nothing piles up here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable

from pipelines.errors import BadMessage, Transient
from pipelines.gateways.hj212.desk import Desk
from pipelines.gateways.hj212.limits import Outcome, count
from pipelines.gateways.hj212.stations import Refused
from pipelines.hj212.frame import HEAD_BYTES, TAIL_BYTES, Fault, Frame, Framer
from pipelines.hj212.heading import parse_heading

CHUNK = 4096


class _Closed(Exception):
    """We close the connection; the reason is counted."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


class Connection:
    """A peer, until it goes or is sent away."""

    def __init__(
        self, desk: Desk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._desk = desk
        self._limits = desk.limits
        self._reader = reader
        self._writer = writer
        self._framer = Framer()
        self._faults = 0
        self._refusals = 0
        self._admitted = False
        self._quiet_since_s = time.monotonic()
        self._frame_since_s: float | None = None

    async def run(self) -> None:
        """Serves the peer to the end."""
        try:
            while chunk := await self._read():
                await self._take(self._framer.feed(chunk))
                self._mark_time()
            await self._take(self._framer.finish())
            await self._bye()
        except _Closed as closed:
            count(closed.outcome)
        except OSError:
            count(Outcome.LOST)
        finally:
            self._writer.transport.abort()  # a polite close would wait for a peer that reads not

    async def _bye(self) -> None:
        self._writer.close()
        await self._in_time(self._writer.wait_closed())

    async def _read(self) -> bytes:
        limits = self._limits
        silent_s = limits.idle_s if self._admitted else limits.first_frame_s
        deadline_s = self._quiet_since_s + silent_s
        if self._frame_since_s is not None:
            deadline_s = min(deadline_s, self._frame_since_s + limits.frame_s)
        try:
            async with asyncio.timeout(max(0.0, deadline_s - time.monotonic())):
                return await self._reader.read(CHUNK)
        except TimeoutError as error:
            await self._take(self._framer.finish())  # a lying head may have hidden good frames
            raise _Closed(Outcome.CLOSED_SILENT) from error

    def _mark_time(self) -> None:
        if not self._framer.pending:
            self._frame_since_s = None
        elif self._frame_since_s is None:
            self._frame_since_s = time.monotonic()

    async def _take(self, things: list[Frame | Fault]) -> None:
        for thing in things:
            if isinstance(thing, Frame):
                self._frame_since_s = None  # what is pending now began after this one
                await self._frame(thing)
            else:
                await self._fault(thing)
        if self._framer.unusable > self._limits.unusable_bytes:
            raise _Closed(Outcome.CLOSED_HOSTILE)

    async def _frame(self, frame: Frame) -> None:
        try:
            heading = parse_heading(frame.data)
            station = await self._desk.admit(heading)
        except BadMessage:
            self._desk.unreadable(Outcome.BAD_HEADING, frame.raw)
            self._strike()
        except Refused as refused:
            await self._refused(refused)
        except Transient:
            count(Outcome.REGISTRY_UNAVAILABLE)
            await asyncio.sleep(self._limits.hold_s)
        else:
            self._admitted = True
            self._faults = self._refusals = 0
            self._quiet_since_s = time.monotonic()
            await self._answer(await self._desk.take(heading, frame.raw, station))

    async def _fault(self, fault: Fault) -> None:
        reason = Outcome(fault.reason)
        if reason is not Outcome.WRONG_CRC:
            self._desk.unreadable(reason, fault.raw)
        else:
            await self._corrupted(fault)
        self._strike()

    async def _corrupted(self, fault: Fault) -> None:
        """A frame that says whose it is is kept for the dead letters; it is never answered."""
        try:
            heading = parse_heading(fault.raw[HEAD_BYTES:-TAIL_BYTES])
            station = await self._desk.admit(heading)
        except (BadMessage, Refused, Transient):
            self._desk.unreadable(Outcome.WRONG_CRC, fault.raw)
        else:
            count(Outcome.WRONG_CRC)
            await self._desk.put(heading, fault.raw, station.site_id)

    async def _refused(self, refused: Refused) -> None:
        count(refused.outcome)
        self._refusals += 1
        await asyncio.sleep(self._limits.penalty_s)
        if self._refusals >= self._limits.refusals:
            raise _Closed(Outcome.CLOSED_HOSTILE)

    def _strike(self) -> None:
        self._faults += 1
        if self._faults >= self._limits.faults:
            raise _Closed(Outcome.CLOSED_HOSTILE)

    async def _answer(self, answers: bytes) -> None:
        if not answers:
            return
        self._writer.write(answers)
        await self._in_time(self._writer.drain())

    async def _in_time(self, flushed: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._limits.answer_s):
                await flushed
        except TimeoutError as error:
            raise _Closed(Outcome.CLOSED_NOT_READING) from error
