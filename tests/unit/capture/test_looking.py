"""Looking costs little and misses nobody: what is decoded, sent, passed over, looked up again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.footage.transcode import to_h264
from pipelines.gateways.capture.attention import Attention
from pipelines.gateways.capture.motion import MotionResult
from tests.unit.capture.conftest import MakeVideo
from tests.unit.capture.looking import POOL, at_s, look


def blob(x: int, wide: int = 8) -> MotionResult:
    """Something of ``wide`` x 16 px at ``x`` in the small picture."""
    where = np.zeros((120, 160), np.bool_)
    where[40:56, x : x + wide] = True
    return MotionResult(moving=True, changed_share=float(where.mean()), where=where)


def sent_at(steps: list[tuple[float, MotionResult]], *, may_rest: bool = True) -> list[float]:
    attention = Attention(every_s=0.5, may_rest=may_rest)
    return [t for t, motion in steps if attention.step(t, motion, timed=False).send]


@pytest.fixture(scope="module")
def visit(make_video: MakeVideo) -> Path:
    """Thirty seconds; somebody is there from 17.3 s to 22 s, between two keyframes' looks."""

    def walk(picture: NDArray[np.uint8], number: int) -> None:
        if 173 <= number < 220:
            left = 40 + (number - 173) * 3
            picture[90:150, left : left + 24] = 250

    return make_video(walk, 30)


def test_what_moves_on_slowly_is_sent_once_a_second() -> None:
    slow = [(n / 2, blob(20 + n)) for n in range(20)]
    assert sent_at(slow) == [float(n) for n in range(10)]


def test_what_is_fast_or_new_is_sent_at_once() -> None:
    fast = [(n / 2, blob(5 + 12 * n)) for n in range(10)]
    assert sent_at(fast) == [t for t, _ in fast]
    another = blob(20)
    another.where[80:96, 120:128] = True
    assert sent_at([(0, blob(20)), (0.5, blob(20)), (1.0, blob(20)), (1.5, another)]) == [0, 1, 1.5]


def test_a_camera_that_may_not_rest_sends_all_that_moves() -> None:
    slow = [(n / 2, blob(20 + n)) for n in range(10)]
    assert sent_at(slow, may_rest=False) == [t for t, _ in slow]


def test_who_comes_between_two_looks_is_looked_up_from_the_first_moment(visit: Path) -> None:
    sent, tally = look(visit)
    motion = at_s(sent, "motion")
    assert motion[0] <= 17.6
    assert motion[-1] <= 22.5
    seconds = {int(m.time_ms / 1000) for m in sent}
    assert {17, 18, 19, 20, 21} <= seconds
    assert [m.time_ms for m in sent] == sorted(m.time_ms for m in sent)
    assert [m.seq for m in sent] == list(range(len(sent)))
    assert tally.frames_decoded < 150  # of 300


def test_a_still_camera_decodes_next_to_nothing(make_video: MakeVideo) -> None:
    still = make_video(None, 40)
    sent, tally = look(still)
    assert at_s(sent, "timed") == [0, 5, 10, 15, 20, 25, 30, 35, 39.9]
    assert at_s(sent, "motion") == []
    assert tally.frames_decoded <= 50  # of 400, nine of them at the end for the last picture
    _, every = look(still, camera=replace(POOL, keyframes_when_still=False))
    assert every.frames_decoded > 240  # all up to the half of each group: two looks a second
    assert every.frames_still + len(sent) >= 79


@pytest.mark.parametrize("gop_s", [2.0, 4.0])
def test_rare_keyframes_lose_nobody(visit: Path, tmp_path: Path, gop_s: float) -> None:
    """At 2 s a resting camera is looked at by keyframes; at 4 s what lies between is decoded."""
    to_h264(visit, tmp_path / "long.mp4", gop_s=gop_s)
    sent, _ = look(tmp_path / "long.mp4")
    assert {17, 18, 19, 20, 21} <= {int(m.time_ms / 1000) for m in sent}
    timed = at_s(sent, "timed")
    assert max(np.diff(timed)) <= 5 + gop_s


def test_after_lost_packets_the_next_keyframe_shows_it(visit: Path) -> None:
    sent, tally = look(visit, lost=[183, 184])
    assert {19, 20, 21} <= {int(m.time_ms / 1000) for m in sent}
    assert tally.dropped["undecodable"] == 0
    for message in sent:
        picture = cv2.imdecode(np.frombuffer(message.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None


@pytest.mark.parametrize("shift_s", [-3600.0, -6.0, 50.0, 1e9])
def test_a_clock_that_jumps_blinds_nobody(visit: Path, shift_s: float) -> None:
    """At 10 s the source's clock leaps; who comes at 17.3 s is seen nevertheless."""
    sent, _ = look(visit, shift=lambda number: shift_s if number >= 100 else 0.0)
    seconds = {int(m.time_ms / 1000 - shift_s + 0.001) for m in sent}
    assert {18, 19, 20, 21} <= seconds


def test_people_on_a_square_are_sent_in_every_second(video: Path, tmp_path: Path) -> None:
    """On vtest.avi somebody is there in each of its 80 seconds (`OFF-10`)."""
    to_h264(video, tmp_path / "busy.mp4")
    sent, tally = look(tmp_path / "busy.mp4")
    seconds = {int(m.time_ms / 1000) for m in sent}
    assert len(seconds & set(range(80))) >= 79
    assert len(sent) <= 110  # of 159 looks at the full rate
    assert tally.frames_decoded <= 480  # of 795
