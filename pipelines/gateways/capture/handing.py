"""Packets on their way from the thread that reads to the one that looks. Knows neither."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass

from pipelines.footage.read import VideoPacket
from pipelines.gateways.capture.types import Tally

_PACKETS_WAITING = 256  # for the decoder: some 10 s of a camera
_LOOK_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True)
class Handed:
    """A packet, and whether some before it were dropped."""

    packet: VideoPacket
    after_loss: bool


class Handing:
    """A bounded queue of one connection's packets.

    A file waits for the decoder; a live stream does not: packets are dropped up to the next
    keyframe, and counted.
    """

    def __init__(self, *, live: bool, halt: threading.Event, tally: Tally) -> None:
        self._live, self._halt, self._tally = live, halt, tally
        self._waiting: queue.Queue[Handed | None] = queue.Queue(_PACKETS_WAITING)
        self._behind = False
        self._abandoned = False
        self.to_finish = False
        self.looking: Future[None] | None = None

    @property
    def failed(self) -> bool:
        """The looking thread is gone; its future says why."""
        return self.looking is not None and self.looking.done()

    def hand(self, packet: VideoPacket) -> None:
        """Gives a packet to the one who looks, or drops it where that one is behind."""
        if self._behind and not packet.is_key:
            self._tally.dropped["decoder behind"] += 1
            return
        handed = Handed(packet, after_loss=self._behind)
        if not self._live:
            self._put(handed)
            return
        try:
            self._waiting.put_nowait(handed)
            self._behind = False
        except queue.Full:
            self._behind = True
            self._tally.dropped["decoder behind"] += 1

    def end(self, *, finish: bool) -> None:
        """No more come; ``finish``: what waits is still to be looked at."""
        self.to_finish = finish
        self._abandoned = not finish
        self._put(None)

    def abandon(self) -> None:
        """Nobody reads any more."""
        self._abandoned = True

    def take(self) -> Handed | None:
        """The next packet; None at the end."""
        while not self._abandoned:
            try:
                return self._waiting.get(timeout=_LOOK_AGAIN_S)
            except queue.Empty:
                continue
        return None

    def _put(self, item: Handed | None) -> None:
        while not (self._halt.is_set() or self._abandoned or self.failed):
            try:
                self._waiting.put(item, timeout=_LOOK_AGAIN_S)
            except queue.Full:
                continue
            return
        self._abandoned = self._abandoned or item is None
