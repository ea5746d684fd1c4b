"""Owns playing a station: frames made of readings, sent until answered.

For the demo and the tests, and to try a gateway from outside. It does what a data logger does:
waits for 9014 (``OverTime``), sends again (``ReCount``), and connects anew when cut off.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import TracebackType

from pipelines.hj212.frame import HEAD_BYTES, MOST_DATA, TAIL_BYTES, Frame, Framer, encode
from pipelines.hj212.heading import ASKS, DATA_ANSWER, SPLIT, Heading, parse_heading
from pipelines.hj212.moment import SECOND_DIGITS, digits_of
from pipelines.hj212.read import UPLOADS

OVERTIME_S = 5.0
RECOUNT = 3
VERSION_2017 = 1 << 2
WATER_SOURCE = "32"
CHUNK = 4096
Value = float | str | None


def upload(
    *,
    mn: str,
    pw: str,
    at_ms: int,
    values: Mapping[str, Value],
    flags: Mapping[str, str] | None = None,
    cn: str = "2011",
    qn_ms: int | None = None,
    asks: bool = True,
) -> list[bytes]:
    """The frames of one data message; several where it is too long for one.

    Args:
        at_ms: the readings' time, cut to the second.
        values: by code; None sends ``-``.
        flags: by code, N where it says nothing.
        cn: a command of ``read.UPLOADS``.
        qn_ms: when the message is made; ``at_ms`` when left out.
    """
    field = UPLOADS[cn].field
    known = flags or {}
    records = [
        f";{code}-{field}={'-' if value is None else value},{code}-Flag={known.get(code, 'N')}"
        for code, value in values.items()
    ]
    qn = digits_of(at_ms if qn_ms is None else qn_ms)
    head = f"QN={qn};ST={WATER_SOURCE};CN={cn};PW={pw};MN={mn};"
    start = f"CP=&&DataTime={digits_of(at_ms)[:SECOND_DIGITS]}"
    flag = VERSION_2017 | (ASKS if asks else 0)
    whole = f"{head}Flag={flag};{start}{''.join(records)}&&"
    if len(whole) <= MOST_DATA:
        return [encode(whole.encode())]
    room = MOST_DATA - len(f"{head}Flag={flag | SPLIT};PNUM=99;PNO=99;{start}&&")
    parts = _parts(records, room)
    return [
        encode(f"{head}Flag={flag | SPLIT};PNUM={len(parts)};PNO={pno};{start}{part}&&".encode())
        for pno, part in enumerate(parts, 1)
    ]


def _parts(records: Sequence[str], room: int) -> list[str]:
    parts = [""]
    for record in records:
        if len(parts[-1]) + len(record) > room:
            parts.append("")
        parts[-1] += record
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of messages: how many were answered, and the QN of those that were not."""

    acknowledged: int
    unanswered: tuple[str, ...]


async def send(
    host: str, port: int, frames: Sequence[bytes], *, overtime_s: float = OVERTIME_S
) -> Sent:
    """Sends frames, packets of one message side by side, and waits for every answer asked for."""
    unanswered: list[str] = []
    messages = [(qn, list(group)) for qn, group in groupby(frames, lambda f: _heading(f).qn)]
    async with Station(host, port, overtime_s=overtime_s) as station:
        for qn, message in messages:
            if not await station.send(message):
                unanswered.append(qn)
    acknowledged = len(messages) - len(unanswered)
    return Sent(acknowledged=acknowledged, unanswered=tuple(unanswered))


class Station:
    """A station's line to a gateway: ``async with Station(host, port) as station: ...``"""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        overtime_s: float = OVERTIME_S,
        recount: int = RECOUNT,
        one_by_one: bool = False,
    ) -> None:
        """``one_by_one``: send a packet only after the answer to the one before."""
        self._host = host
        self._port = port
        self._overtime_s = overtime_s
        self._recount = recount
        self._one_by_one = one_by_one
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._framer = Framer()
        self._answers: Counter[tuple[str, str]] = Counter()

    async def __aenter__(self) -> Station:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._hang_up()

    async def send(self, frames: Sequence[bytes]) -> bool:
        """Sends one message; whether every answer that it asks for came.

        What is sent again goes packet by packet on a new line: answers do not say which packet
        they are for.
        """
        if not self._one_by_one and await self._tried(frames, 1):
            return True
        tries = self._recount + self._one_by_one
        for frame in frames:
            if not await self._tried([frame], tries):
                return False
        return True

    async def _tried(self, frames: Sequence[bytes], tries: int) -> bool:
        heading = _heading(frames[0])
        wanted = sum(_heading(frame).asks for frame in frames)
        for _ in range(tries):
            try:
                async with asyncio.timeout(self._overtime_s):
                    await self._exchange(b"".join(frames), (heading.qn, DATA_ANSWER), wanted)
            except (OSError, TimeoutError, EOFError):
                self._hang_up()
            else:
                return True
        return False

    async def _exchange(self, frames: bytes, answer: tuple[str, str], wanted: int) -> None:
        if self._line is None:
            self._line = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._line
        del self._answers[answer]
        writer.write(frames)
        await writer.drain()
        while self._answers[answer] < wanted:
            chunk = await reader.read(CHUNK)
            if not chunk:
                raise EOFError("the gateway hung up")
            for thing in self._framer.feed(chunk):
                if isinstance(thing, Frame):
                    said = parse_heading(thing.data)
                    self._answers[said.qn, said.cn] += 1

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line[1].transport.abort()
        self._line = None
        self._framer = Framer()
        self._answers.clear()


def _heading(frame: bytes) -> Heading:
    return parse_heading(frame[HEAD_BYTES:-TAIL_BYTES])
