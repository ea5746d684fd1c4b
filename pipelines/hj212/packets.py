"""Owns putting split messages together: which packets are here, and when to stop waiting.

Pure: the time is an argument. A packet is acknowledged only once it is on the log, and goes there
with the whole message. A station that sends its next packet only after the answer to the last one
shows itself by repeating a packet: that one is then put on the log alone and answered, and once
more with the whole. The readings stage refuses the lone packet visibly and takes the whole; only
so is nothing acknowledged that could be lost, and no packet judged without the flags that a later
one may bring.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, TypeVar

from pipelines.hj212.heading import Heading

MOST_PACKETS = 64
MOST_OPEN = 256
MOST_OPEN_OF_STATION = 4
MOST_REMEMBERED = 4096
WAIT_S = 60.0

Key = tuple[str, str]
"""MN and QN."""
Thing = TypeVar("Thing")
Verdict = Literal["held", "whole", "alone", "known", "full"]


@dataclass(slots=True, kw_only=True)
class Pieces:
    """A split message's packets so far.

    Attributes:
        site_id: whose message it is.
        frames: PNO to the raw frame.
        asked: packets whose answer the station waits for.
        alone: packets that are on the log by themselves.
    """

    heading: Heading
    site_id: str
    first_s: float
    frames: dict[int, bytes] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    alone: set[int] = field(default_factory=set)

    @property
    def key(self) -> Key:
        """Whose message it is, and which."""
        return self.heading.mn, self.heading.qn

    @property
    def raw(self) -> bytes:
        """The frames behind one another, in order."""
        return b"".join(self.frames[pno] for pno in sorted(self.frames))

    def is_on_log(self, heading: Heading, raw: bytes) -> bool:
        """Whether this packet is on the log by itself."""
        return heading.pno in self.alone and self.frames[heading.pno] == raw


class Packets:
    """All split messages that are on their way; bounded in number, bytes and time."""

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        """``wait_s``: how long after its first packet a message may take."""
        self._wait_s = wait_s
        self._open: dict[Key, Pieces] = {}
        self._done: OrderedDict[tuple[Key, bytes], None] = OrderedDict()
        self._one_by_one: OrderedDict[str, None] = OrderedDict()

    def add(self, heading: Heading, raw: bytes, site_id: str, *, now_s: float) -> Verdict:
        """Takes a packet and says what to do.

        Returns:
            ``held`` (wait for the others), ``whole`` (put ``pieces(...).raw``, then call
            ``finished``), ``alone`` (put this frame, then call ``put_alone``), ``known`` (it is on
            the log: answer again) or ``full`` (refused for now).
        """
        key = (heading.mn, heading.qn)
        pieces = self._open.get(key)
        put_before = pieces is not None and pieces.is_on_log(heading, raw)
        if put_before or (key, sha256(raw).digest()) in self._done:
            return "known"
        if pieces is None:
            if heading.pnum > MOST_PACKETS:
                return "alone"
            if self._crowded(heading.mn):
                return "full"
            pieces = self._open[key] = Pieces(heading=heading, site_id=site_id, first_s=now_s)
        same_message = heading.pnum == pieces.heading.pnum
        if not same_message or pieces.frames.setdefault(heading.pno, raw) != raw:
            return "alone"  # it contradicts what is held: kept as evidence of that
        repeated = heading.pno in pieces.asked
        if heading.asks:
            pieces.asked.add(heading.pno)
        if len(pieces.frames) == heading.pnum:
            return "whole"
        if repeated:
            _remember(self._one_by_one, heading.mn)
        return "alone" if heading.asks and heading.mn in self._one_by_one else "held"

    def pieces(self, heading: Heading) -> Pieces:
        """What is held of a packet's message."""
        return self._open[heading.mn, heading.qn]

    def put_alone(self, heading: Heading, raw: bytes) -> None:
        """This packet is on the log by itself."""
        pieces = self._open.get((heading.mn, heading.qn))
        if pieces is not None and pieces.frames.get(heading.pno) == raw:
            pieces.alone.add(heading.pno)

    def finished(self, pieces: Pieces) -> None:
        """The whole is on the log: a packet sent again will be known."""
        self.given_up(pieces)
        for frame in pieces.frames.values():
            _remember(self._done, (pieces.key, sha256(frame).digest()))

    def given_up(self, pieces: Pieces) -> None:
        """Nothing more is expected of this message."""
        if self._open.get(pieces.key) is pieces:
            del self._open[pieces.key]

    def overdue(self, now_s: float) -> list[Pieces]:
        """Messages that have waited too long for a packet."""
        return [one for one in self._open.values() if now_s - one.first_s >= self._wait_s]

    def _crowded(self, mn: str) -> bool:
        of_station = sum(station == mn for station, _ in self._open)
        return of_station >= MOST_OPEN_OF_STATION or len(self._open) >= MOST_OPEN


def _remember(known: OrderedDict[Thing, None], thing: Thing) -> None:
    known[thing] = None
    known.move_to_end(thing)
    if len(known) > MOST_REMEMBERED:
        known.popitem(last=False)
