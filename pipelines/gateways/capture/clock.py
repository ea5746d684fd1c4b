"""Maps a stream's own time to UTC, and says how sure that is. Pure; the wall clock is an argument.

A packet cannot arrive before it was made. So the least of (arrival minus presentation time) over a
window is nearest to the truth, and a late packet moves nothing. What the camera itself says of the
time of day (RTP sender reports) is compared with that, never trusted: its clock may be wrong, which
is a finding of its own.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Literal

from pipelines.footage.read import VideoPacket

_SETTLED_MS = 500.0  # no packet came earlier than expected for this long
_SETTLE_AT_MOST_MS = 2500.0
_EARLIER_MS = 5.0
_WINDOW_MS = 60_000.0
_BUCKET_MS = 1000.0
_SLEW = 0.001  # of elapsed time: ten times what a bad crystal drifts
_JUMP_MS = 1000.0
_BACK_MS = 100.0
_AHEAD_S = 3600.0  # no film pauses for so long; MPEG-TS shows a clock set back as 26 h ahead
_LEAST_MS = 10  # of uncertainty: the wall clock's own
_DRIFT_AFTER_MS = 600_000.0
_DRIFT_PPM = 300.0
_TOLD = 25  # reports of the camera's clock of which the middle one counts
_PPM = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockNews:
    """Something about a camera's time that people should know.

    Attributes:
        what: ``clock_jumped`` (the stream's time or the camera's clock was set) or
            ``clock_drifts``.
        of_stream: the stream's own time jumped: what follows is another time line.
        by_ms: how far; of a drift, in the time it was watched.
        ppm: of a drift.
    """

    what: Literal["clock_jumped", "clock_drifts"]
    of_stream: bool
    by_ms: float
    ppm: float = 0.0


class GivenClock:
    """The time of a file: what its first frame's was, by whoever says so."""

    settled = True
    offset_ms: int | None = None
    uncertainty_ms = 0
    drift_ppm: float | None = None

    def __init__(self, start_ms: float) -> None:
        self._zero_ms = start_ms
        self._next_s: float | None = None

    def hear(self, packet: VideoPacket, arrived_ms: float) -> ClockNews | None:
        """Takes note of a packet; says when another time line begins with it."""
        del arrived_ms
        step_s = 0.0 if self._next_s is None else packet.decode_time_s - self._next_s
        if step_s < -packet.duration_s - _BACK_MS / 1000 or step_s > _AHEAD_S:
            return ClockNews(what="clock_jumped", of_stream=True, by_ms=step_s * 1000)
        self._next_s = packet.decode_time_s + packet.duration_s
        return None

    def after(self, packet: VideoPacket) -> GivenClock:
        """The clock of the time line that begins with a packet: it goes on where this one was."""
        goes_on_ms = self.utc_ms(self._next_s or 0.0)
        return GivenClock(goes_on_ms - packet.decode_time_s * 1000)

    def settle(self) -> None:
        """There is nothing to wait for."""

    def utc_ms(self, time_s: float) -> float:
        """Epoch ms of a time in the source."""
        return self._zero_ms + time_s * 1000


class ArrivalClock:
    """The time of a live stream. One a connection.

    Attributes:
        settled: it may be asked.
        offset_ms: the camera's own clock minus UTC; None while it does not tell.
        uncertainty_ms: half the width of what a time may be, by how unevenly packets came. A delay
            that all of them have cannot be seen.
        drift_ppm: how much faster the stream's time runs than ours; None before ten minutes.
    """

    def __init__(self) -> None:
        self._floors: deque[list[float]] = deque()  # [when a bucket began, its least]
        self._least_ms = 0.0
        self._began_ms = self._earlier_ms = 0.0
        self._zero_ms: float | None = None  # UTC of the stream's time 0
        self._slewed_ms = 0.0
        self._last_s: float | None = None
        self._arrived_ms = 0.0
        self._told: deque[float] = deque(maxlen=_TOLD)
        self._first_floor: tuple[float, float] | None = None
        self._drift_told = False
        self.settled = False
        self.offset_ms: int | None = None
        self.uncertainty_ms = _LEAST_MS
        self.drift_ppm: float | None = None

    def hear(self, packet: VideoPacket, arrived_ms: float) -> ClockNews | None:
        """Takes note of a packet; says what is new. Where that is another time line, which begins
        with this packet, ``after`` has its clock.
        """
        late_ms = arrived_ms - packet.decode_time_s * 1000
        if jumped := self._jumped(packet, late_ms, arrived_ms):
            return jumped
        self._last_s, self._arrived_ms = packet.decode_time_s, arrived_ms
        self._note(late_ms, arrived_ms)
        if not self.settled:
            still_ms = arrived_ms - self._earlier_ms
            if still_ms >= _SETTLED_MS or arrived_ms - self._began_ms >= _SETTLE_AT_MOST_MS:
                self.settle()
        return self._compare(packet) or self._drift(arrived_ms)

    def after(self, packet: VideoPacket) -> ArrivalClock:
        """The clock of the time line that begins with a packet: nothing is known of it."""
        del packet
        return ArrivalClock()

    def settle(self) -> None:
        """Waits no longer: what came is all there is."""
        if self._floors and not self.settled:
            self._zero_ms = self._least_ms
            self.settled = True

    def utc_ms(self, time_s: float) -> float:
        """Epoch ms of a time in the source; only once settled."""
        assert self._zero_ms is not None  # noqa: S101  the caller waits for it
        return self._zero_ms + time_s * 1000

    def _jumped(self, packet: VideoPacket, late_ms: float, arrived_ms: float) -> ClockNews | None:
        """Whether the stream's time was set: it went back, or this packet came before its time."""
        if self._last_s is None:
            return None
        step_ms = (packet.decode_time_s - self._last_s) * 1000
        if step_ms < -_BACK_MS:
            return ClockNews(what="clock_jumped", of_stream=True, by_ms=step_ms)
        ahead_ms = step_ms - (arrived_ms - self._arrived_ms)
        early_ms = self._least_ms - late_ms
        if min(ahead_ms, early_ms) > _JUMP_MS:  # not one that was only held up on its way
            return ClockNews(what="clock_jumped", of_stream=True, by_ms=early_ms)
        return None

    def _note(self, late_ms: float, arrived_ms: float) -> None:
        if not self._floors:
            self._began_ms = self._earlier_ms = self._slewed_ms = arrived_ms
            self._least_ms = late_ms
            self._floors.append([arrived_ms, late_ms])
            return
        if late_ms < self._least_ms - _EARLIER_MS:
            self._earlier_ms = arrived_ms
        self._least_ms = min(self._least_ms, late_ms)
        if arrived_ms - self._floors[-1][0] < _BUCKET_MS:
            self._floors[-1][1] = min(self._floors[-1][1], late_ms)
            return
        self._floors.append([arrived_ms, late_ms])
        while arrived_ms - self._floors[0][0] > _WINDOW_MS:
            self._floors.popleft()
        self._least_ms = min(floor for _, floor in self._floors)
        self._slew(arrived_ms)

    def _slew(self, arrived_ms: float) -> None:
        closed = [floor for _, floor in list(self._floors)[:-1]]
        least = min(closed)
        self.uncertainty_ms = max(_LEAST_MS, round((max(closed) - least) / 2))
        most_ms = (arrived_ms - self._slewed_ms) * _SLEW
        self._slewed_ms = arrived_ms
        if self._zero_ms is not None:
            self._zero_ms += max(-most_ms, min(most_ms, least - self._zero_ms))

    def _compare(self, packet: VideoPacket) -> ClockNews | None:
        """The camera's clock against ours; says when it was set."""
        if packet.told_ms is None or self._zero_ms is None:
            return None
        told_ms = packet.told_ms - self.utc_ms(packet.time_s)
        before = self.offset_ms
        if before is not None and abs(told_ms - before) > _JUMP_MS:
            self._told.clear()
        self._told.append(told_ms)
        self.offset_ms = round(median(self._told))
        if before is None or abs(self.offset_ms - before) <= _JUMP_MS:
            return None
        by_ms = float(self.offset_ms - before)
        return ClockNews(what="clock_jumped", of_stream=False, by_ms=by_ms)

    def _drift(self, arrived_ms: float) -> ClockNews | None:
        if arrived_ms - self._began_ms < _WINDOW_MS or not self.settled:
            return None
        least = self._least_ms
        if self._first_floor is None:
            self._first_floor = (arrived_ms, least)
        since_ms, first = self._first_floor
        watched_ms = arrived_ms - since_ms
        if watched_ms < _DRIFT_AFTER_MS:
            return None
        self.drift_ppm = (first - least) / watched_ms * _PPM
        if self._drift_told or abs(self.drift_ppm) < _DRIFT_PPM:
            return None
        self._drift_told = True
        return ClockNews(
            what="clock_drifts", of_stream=True, by_ms=first - least, ppm=self.drift_ppm
        )


StreamClock = GivenClock | ArrivalClock
