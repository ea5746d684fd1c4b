"""What is not a picture: ticks, events, stored state of before, and looking ahead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from detectors import vision
from detectors.catalogue import load as load_catalogue
from models.batcher import Batcher
from models.live import LiveModel
from models.picture import encode_jpeg
from models.session import bundled_card_path, read_card
from pipelines import codec
from pipelines.frames.stage import FramesStage
from pipelines.frames.state import load
from pipelines.gateways.capture.types import CameraEvent, FramesTick, encode
from pipelines.stage import Emit, Outcome, Refuse, Save
from tests.unit.demo.known import demo_registry, on_log
from tests.unit.frames.test_stage import AT, frame, rows, scene

MINUTE_MS = 60_000
CAMERA = "pool-camera"


@pytest.fixture(scope="module")
def eyes() -> Iterator[Batcher]:
    batcher = Batcher(LiveModel(bundled_card_path(), threads=1, most=1))
    yield batcher
    batcher.close()


@pytest.fixture
def stage(eyes: Batcher) -> FramesStage:
    return FramesStage(demo_registry(), load_catalogue(), eyes)


class Line:
    """A stage over one partition; its state is stored and loaded again after every message."""

    def __init__(self, stage: FramesStage) -> None:
        self.stage = stage
        self.stored: dict[str, bytes] = {}
        self.offset = 0

    async def take(self, *values: bytes, ahead: bool = False) -> Outcome:
        messages = [on_log(value, self.offset + n, "frames") for n, value in enumerate(values)]
        for message in messages if ahead else ():
            self.stage.foresee(message)
        self.offset += len(values)
        outcome = await self.stage.handle(self.stage.load(self.stored), messages, now_ms=AT)
        self.stored |= {k: v for k, v in outcome.changed.items() if v is not None}
        return outcome


def told(outcome: Outcome) -> list[tuple[str, str]]:
    found = [
        codec.decode(e.value, codec.SignalMessage).signal
        for e in outcome.effects
        if isinstance(e, Emit)
    ]
    return [(signal.rule_id, signal.phase.value) for signal in found]


def refused(outcome: Outcome) -> list[str]:
    return [e.error.reason for e in outcome.effects if isinstance(e, Refuse)]


def tick(ms: int) -> bytes:
    return encode(FramesTick(time_ms=ms))


def event(**changes: Any) -> bytes:
    whole: dict[str, Any] = {
        "camera_id": CAMERA, "time_ms": AT, "what": "clock_drifts", "inputs": {"drift_s": 1.5},
        "detail": "two seconds a day", "logged_ms": AT,
    }  # fmt: skip
    return encode(CameraEvent(**whole | changes))


async def test_a_camera_that_falls_silent_is_told_once(stage: FramesStage) -> None:
    """OFF-23: no pictures, only time that passes; the state is stored between all of it."""
    line = Line(stage)
    await line.take(frame(0), frame(1))
    logged_ms = AT + 1500
    assert told(await line.take(tick(logged_ms + 1000))) == []
    found = [
        one
        for minute in range(1, 31)
        for one in told(await line.take(tick(logged_ms + minute * MINUTE_MS)))
    ]
    assert len(found) == 1
    assert found[0][1] == "opened"


async def test_old_footage_is_not_silent(stage: FramesStage) -> None:
    """A film of last year that comes now: its silence is reckoned from when it arrived."""
    line = Line(stage)
    year_ms = 365 * 24 * 60 * MINUTE_MS
    await line.take(frame(0, logged_ms=AT + year_ms))
    assert told(await line.take(tick(AT + year_ms + 1000))) == []


async def test_a_camera_that_never_showed_anything_is_not_judged(stage: FramesStage) -> None:
    line = Line(stage)
    outcome = await line.take(tick(AT), tick(AT + 1000 * MINUTE_MS))
    assert (outcome.effects, outcome.changed) == ([], {})


async def test_an_event_is_stored(stage: FramesStage) -> None:
    outcome = await Line(stage).take(event())
    (row,) = [e for e in outcome.effects if isinstance(e, Save)]
    assert row.statement == "frames_event"
    assert row.params == {
        "camera_id": CAMERA, "at_ms": AT, "what": "clock_drifts", "inputs": {"drift_s": 1.5},
        "detail": "two seconds a day",
    }  # fmt: skip


async def test_an_event_before_the_first_frame_is_remembered(stage: FramesStage) -> None:
    line = Line(stage)
    await line.take(event(what="cut_off", inputs={}))
    assert load(line.stored).cameras[CAMERA].tracks is None
    await line.take(frame(1))
    assert load(line.stored).cameras[CAMERA].tracks is not None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (event(camera_id="no-such-camera"), "unknown_camera"),
        (event(time_ms=5), "absurd_time"),
        (event(time_ms=AT + 10 * MINUTE_MS), "in_the_future"),
        (event(inputs={"x": float("nan")}), "not_a_number"),
        (event(inputs={"x\0": 1.0}), "wrong_shape"),
        (event(what="<script>"), "wrong_shape"),
        (tick(10**17), "absurd_time"),
        (frame(0, jpeg=b"GIF89a"), "unreadable_picture"),
    ],
)
async def test_what_cannot_be_is_refused_and_the_rest_judged(
    stage: FramesStage, value: bytes, reason: str
) -> None:
    outcome = await Line(stage).take(frame(0), value, frame(1))
    assert refused(outcome) == [reason]
    assert len(rows(outcome.effects)) == 2


async def test_a_detail_fits_into_the_database(stage: FramesStage) -> None:
    outcome = await Line(stage).take(event(detail="a\0b" * 1000))
    (row,) = [e for e in outcome.effects if isinstance(e, Save)]
    detail = str(row.params["detail"])
    assert "\0" not in detail
    assert len(detail) <= 500


async def test_looking_ahead_changes_nothing_and_leaves_nothing(stage: FramesStage) -> None:
    """Bad ones among them too: what was begun is judged or dropped."""
    values = [
        frame(n, jpeg=encode_jpeg(scene(n)) if n % 3 else b"\xff\xd8 no picture") for n in range(8)
    ]
    ahead, behind = Line(stage), Line(stage)
    one = await ahead.take(*values, ahead=True)
    other = await behind.take(*values)
    assert rows(one.effects) == rows(other.effects)
    assert refused(one) == refused(other) == ["unreadable_picture"] * 3
    assert one.changed == other.changed
    assert stage._begun == {}


async def test_what_was_begun_and_handled_elsewhere_is_dropped(stage: FramesStage) -> None:
    line = Line(stage)
    stage.foresee(on_log(frame(0), 0, "frames"))
    line.offset = 1
    await line.take(frame(1), ahead=True)
    assert stage._begun == {}


async def test_the_model_is_named_with_what_it_judged(stage: FramesStage) -> None:
    (row,) = rows((await Line(stage).take(frame(0))).effects)
    name, version, digest = str(row[-1]).split("/")
    card = read_card(bundled_card_path())
    assert (name, version, digest) == (card.name, card.version, card.sha256[:12])
    assert row[7:10] == (0, 0, 0)


async def test_an_8k_picture_is_judged_small(stage: FramesStage) -> None:
    wide = np.kron(scene(), np.ones((22, 30, 1))).astype(np.uint8)[:4320, :7680]
    outcome = await Line(stage).take(frame(0, jpeg=encode_jpeg(wide)), frame(1))
    assert len(rows(outcome.effects)) == 2


def test_state_of_before_there_were_tracks_is_read() -> None:
    old = vision.CameraState(last_ms=AT)
    state = load({CAMERA: vision.encode_camera(old)})
    assert state.cameras[CAMERA].judged.last_ms == AT
    assert state.cameras[CAMERA].tracks is None
