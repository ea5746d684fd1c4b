"""Stream time becomes UTC by the earliest arrivals; jumps and drifts are told, late packets not."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import cast

import av
import pytest
from av.video.stream import VideoStream

from pipelines.footage.read import VideoPacket
from pipelines.gateways.capture.clock import ArrivalClock, ClockNews, GivenClock

T0 = 1_700_000_000_000.0
FRAME_S = 0.04


@dataclass
class Stream:
    """A camera at 25 fps whose packets come 30 to 90 ms after they were made."""

    clock: ArrivalClock
    made_ms: float = T0
    time_s: float = 5.0
    ppm: float = 0.0
    told_ahead_ms: float | None = None
    seed: int = 4

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def packet(self) -> VideoPacket:
        """The next one."""
        told = None if self.told_ahead_ms is None else self.made_ms + self.told_ahead_ms
        return VideoPacket(
            time_s=self.time_s, decode_time_s=self.time_s, duration_s=FRAME_S, is_key=False,
            raw=cast("av.Packet[VideoStream]", av.Packet()), told_ms=told,
        )  # fmt: skip

    def play(self, seconds: float, *, late_ms: float = 0.0) -> list[ClockNews]:
        """Frames for so long, all of them held up by ``late_ms``; what the clock said."""
        news = []
        for _ in range(round(seconds / FRAME_S)):
            self.made_ms += FRAME_S * 1000
            self.time_s += FRAME_S * (1 + self.ppm / 1e6)
            arrived_ms = self.made_ms + late_ms + self._chance.uniform(30, 90)
            said = self.clock.hear(self.packet(), arrived_ms)
            if said is not None:
                news.append(said)
        return news

    def error_ms(self) -> float:
        """By how much the clock is late for the newest frame."""
        return self.clock.utc_ms(self.time_s) - self.made_ms


def test_a_late_packet_moves_nothing() -> None:
    """AV-10: the map is set by the earliest packets, within the least delay of the way."""
    stream = Stream(ArrivalClock())
    stream.play(10)
    before = stream.error_ms()
    assert 25 <= before <= 60
    stream.play(1, late_ms=4000)
    stream.play(1)
    assert stream.error_ms() == pytest.approx(before, abs=5)


def test_a_burst_at_the_beginning_is_placed_before_it() -> None:
    """What a camera kept of the seconds before comes at once: the last of it counts."""
    clock = ArrivalClock()
    stream = Stream(clock)
    for _ in range(50):
        stream.made_ms += 40
        stream.time_s += FRAME_S
        clock.hear(stream.packet(), T0 + 2050)
    assert not clock.settled
    stream.play(1)
    assert clock.settled
    assert 25 <= stream.error_ms() <= 60


@pytest.mark.parametrize("step_s", [-3600.0, -2.0, 5.0, 47_721.0])
def test_a_time_that_is_set_is_another_time_line(step_s: float) -> None:
    """AV-10: with the packet that tells it, not after it."""
    stream = Stream(ArrivalClock())
    assert stream.play(3) == []
    stream.time_s += step_s
    [news] = stream.play(FRAME_S)
    assert (news.what, news.of_stream) == ("clock_jumped", True)
    assert news.by_ms == pytest.approx(step_s * 1000, abs=200)
    stream.clock = stream.clock.after(stream.packet())
    assert stream.play(3) == []
    assert 25 <= stream.error_ms() <= 60


def test_a_stall_is_no_jump() -> None:
    """The network held packets up, then the camera had dropped some: time itself was true."""
    stream = Stream(ArrivalClock())
    stream.play(5)
    stream.play(2, late_ms=8000)
    stream.made_ms += 6000
    stream.time_s += 6.0
    assert stream.play(5, late_ms=2000) == []
    assert stream.play(5) == []
    assert 20 <= stream.error_ms() <= 70


def test_a_drifting_stream_is_followed_and_told_once() -> None:
    """AV-10: a clock that runs 0.08 % fast."""
    stream = Stream(ArrivalClock(), ppm=800)
    news = stream.play(1500)
    assert [(n.what, n.of_stream) for n in news] == [("clock_drifts", True)]
    assert stream.clock.drift_ppm == pytest.approx(800, abs=80)
    assert 0 <= stream.error_ms() <= 130


def test_a_steady_stream_drifts_not() -> None:
    stream = Stream(ArrivalClock(), ppm=40)
    assert stream.play(1500) == []
    assert stream.clock.drift_ppm == pytest.approx(40, abs=60)


def test_what_the_camera_says_is_compared_and_a_set_clock_is_told() -> None:
    """AV-10: the offset of the camera's own clock, and that somebody set it."""
    stream = Stream(ArrivalClock(), told_ahead_ms=90_000)
    assert stream.play(10) == []
    assert stream.clock.offset_ms == pytest.approx(90_000, abs=60)
    before = stream.error_ms()
    stream.told_ahead_ms = 0
    [news] = stream.play(5)
    assert (news.what, news.of_stream) == ("clock_jumped", False)
    assert news.by_ms == pytest.approx(-90_000, abs=100)
    assert stream.error_ms() == pytest.approx(before, abs=5)
    assert stream.clock.offset_ms == pytest.approx(0, abs=60)


def test_a_file_that_goes_back_goes_on() -> None:
    """The next time line begins where the last one ended: nothing is recorded twice."""
    clock = GivenClock(T0)
    stream = Stream(ArrivalClock())
    for _ in range(25):
        stream.time_s += FRAME_S
        assert clock.hear(stream.packet(), 0) is None
    until_ms = clock.utc_ms(stream.time_s + FRAME_S)
    stream.time_s -= 100
    news = clock.hear(stream.packet(), 0)
    assert news is not None
    assert news.of_stream
    assert clock.after(stream.packet()).utc_ms(stream.time_s) == pytest.approx(until_ms)
