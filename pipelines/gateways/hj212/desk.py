"""Owns what becomes of an admitted station's frame: onto the log, then the answer.

It reads a frame's heading only. What the content says is for the readings stage, which refuses
visibly what it cannot take.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

import structlog

from pipelines.errors import Transient
from pipelines.gateways.hj212.limits import Limits, Outcome, count
from pipelines.gateways.hj212.stations import Station, Stations
from pipelines.gateways.intake import Intake
from pipelines.hj212.heading import DATA_ANSWER, NOTICE_ANSWER, Heading
from pipelines.hj212.packets import Packets, Pieces

log = structlog.get_logger()
EXCERPT_BYTES = 64
EXCERPTS_A_MINUTE = 60
_PASSWORD = re.compile(rb"PW=[^;]*")
FIRST_UPLOAD, LAST_UPLOAD = 2000, 3999

Arrival = Callable[[Heading | None], int]
"""Says when a message arrived, epoch ms."""


class Desk:
    """What all connections share."""

    def __init__(
        self, intake: Intake, stations: Stations, *, arrival: Arrival, limits: Limits
    ) -> None:
        self.limits = limits
        self._intake = intake
        self._stations = stations
        self._arrival = arrival
        self._packets = Packets(wait_s=limits.packets_s)
        self._minute = 0
        self._excerpts = 0

    async def admit(self, heading: Heading) -> Station:
        """See ``Stations.admit``."""
        return await self._stations.admit(heading, self._arrival(heading))

    async def take(self, heading: Heading, raw: bytes, station: Station) -> bytes:
        """Deals with a frame; returns the answers to send, empty when there are none.

        Uploads are commands 2000 to 3999 (GK). Those that hold no readings go onto the log as well
        and are answered, so that the station does not send them for ever; the stage refuses them
        visibly. Other commands (heartbeat, request for the time) are notices: counted, answered.
        """
        if not FIRST_UPLOAD <= int(heading.cn) <= LAST_UPLOAD:
            count(Outcome.UNSUPPORTED_COMMAND)
            return heading.answer(NOTICE_ANSWER) if heading.asks else b""
        if heading.split:
            answers = await self._packet(heading, raw, station)
        else:
            answers = int(await self.put(heading, raw, station.site_id) and heading.asks)
        return heading.answer(DATA_ANSWER) * answers

    async def put(self, heading: Heading, raw: bytes, site_id: str) -> bool:
        """Whether the message is on the log now; if not, its sender has to send it again."""
        try:
            await self._intake.put(
                "hj212", raw, site_id=site_id, received_ms=self._arrival(heading), wire="hj212"
            )
        except Transient:  # counted by the intake
            await asyncio.sleep(self.limits.hold_s)
            return False
        return True

    async def _packet(self, heading: Heading, raw: bytes, station: Station) -> int:
        """How many answers are due for this packet and those before it."""
        verdict = self._packets.add(heading, raw, station.site_id, now_s=time.monotonic())
        if verdict == "whole":
            pieces = self._packets.pieces(heading)
            if not await self.put(heading, pieces.raw, station.site_id):
                return 0
            self._packets.finished(pieces)
            return len(pieces.asked - pieces.alone)
        if verdict == "alone":
            count(Outcome.LONE_PACKET)
            if not await self.put(heading, raw, station.site_id):
                return 0
            self._packets.put_alone(heading, raw)
            return int(heading.asks)
        if verdict == "known":
            count(Outcome.REPEATED_PACKET)
            return int(heading.asks)
        count(Outcome.HELD_PACKET if verdict == "held" else Outcome.TOO_MANY_SPLIT)
        return 0

    async def put_overdue(self) -> None:
        """Puts what came of messages that were never completed; the stage refuses them."""
        for pieces in self._packets.overdue(time.monotonic()):
            if not await self._put_incomplete(pieces):
                return  # the broker is away: they stay, in bounds, until the next round
            count(Outcome.INCOMPLETE_PACKETS)
            self._packets.given_up(pieces)

    async def _put_incomplete(self, pieces: Pieces) -> bool:
        if pieces.alone == pieces.frames.keys():
            return True  # each of them is on the log
        return await self.put(pieces.heading, pieces.raw, pieces.site_id)

    def unreadable(self, outcome: Outcome, raw: bytes) -> None:
        """Counts bytes that nobody can be told about, and logs some, so many a minute."""
        count(outcome)
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._excerpts = minute, 0
        self._excerpts += 1
        if self._excerpts <= EXCERPTS_A_MINUTE:
            log.warning(
                "unreadable frame",
                why=outcome.value,
                bytes=len(raw),
                hex=_PASSWORD.sub(b"PW=?", raw)[:EXCERPT_BYTES].hex(" "),
            )
