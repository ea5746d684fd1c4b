"""The frames stage with its real network on small made-up pictures: judged or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.catalogue import load as load_catalogue
from models.batcher import Batcher
from models.live import LiveModel
from models.picture import encode_jpeg
from models.session import bundled_card_path
from pipelines import codec
from pipelines.frames.admit import AHEAD_MS
from pipelines.frames.stage import FramesStage
from pipelines.gateways.capture.types import FrameMessage, encode
from pipelines.stage import Copy, Count, Effect, Emit, Refuse
from tests.unit.demo.known import DAY_START_MS, demo_registry, on_log

AT = DAY_START_MS + 15 * 3600 * 1000
EVERY_MS = 5000


def scene(seed: int = 0) -> NDArray[np.uint8]:
    """A picture with edges and texture, of nothing."""
    chance = np.random.default_rng(seed)
    picture = np.kron(chance.integers(40, 200, (12, 16, 3)), np.ones((16, 16, 1)))
    return np.asarray(picture, np.uint8)


JPEG = encode_jpeg(scene())
CAP = encode_jpeg(np.full((192, 256, 3), 2, np.uint8))


def frame(n: int = 0, *, jpeg: bytes = JPEG, **changes: Any) -> bytes:
    at = AT + n * 1000
    whole = FrameMessage(
        camera_id="pool-camera", time_ms=at, seq=n, reason="timed", jpeg=jpeg,
        sha256=hashlib.sha256(jpeg).hexdigest(), changed_share=0.0, width_px=256, height_px=192,
        logged_ms=at + 500,
    )  # fmt: skip
    return encode(msgspec.structs.replace(whole, **changes))


@pytest.fixture(scope="module")
def eyes() -> Iterator[Batcher]:
    batcher = Batcher(LiveModel(bundled_card_path(), threads=1), wait_s=0.01)
    yield batcher
    batcher.close()


@pytest.fixture(scope="module")
def stage(eyes: Batcher) -> FramesStage:
    return FramesStage(demo_registry(), load_catalogue(), eyes)


async def run(stage: FramesStage, groups: Sequence[Sequence[bytes]]) -> list[Effect]:
    """Effects of groups of frames, the state stored and reloaded between."""
    stored: dict[str, bytes] = {}
    effects: list[Effect] = []
    for group in groups:
        outcome = await stage.handle(
            stage.load(stored), [on_log(value, n, "frames") for n, value in enumerate(group)],
            now_ms=0,
        )  # fmt: skip
        effects += outcome.effects
        stored |= {key: value for key, value in outcome.changed.items() if value is not None}
    return effects


def rows(effects: Sequence[Effect]) -> list[tuple[Any, ...]]:
    return [tuple(row) for effect in effects if isinstance(effect, Copy) for row in effect.rows]


def signals(effects: Sequence[Effect]) -> list[tuple[str, str, int]]:
    found = [
        codec.decode(e.value, codec.SignalMessage).signal for e in effects if isinstance(e, Emit)
    ]
    return [(signal.rule_id, signal.phase.value, signal.at_ms) for signal in found]


BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "undecodable"),
    "noise": (bytes(range(200)), "undecodable"),
    "another message": (codec.encode(codec.AlertMessage(alert_id="a")), "undecodable"),
    "other version": (frame(v=2), "unknown_version"),
    "cut off": (frame()[:-7], "undecodable"),
    "no size": (frame(width_px=0), "undecodable"),
    "unknown camera": (frame(camera_id="no-such-camera"), "unknown_camera"),
    "a sensor is no camera": (frame(camera_id="pool-probe"), "unknown_camera"),
    "changed on the way": (frame(sha256="0" * 64), "digest_mismatch"),
    "an empty picture": (frame(jpeg=b""), "unreadable_picture"),
    "no picture": (frame(jpeg=b"\xff\xd8 not really"), "unreadable_picture"),
    "half a picture": (frame(jpeg=JPEG[: len(JPEG) // 2]), "unreadable_picture"),
    "a clock before 2010": (frame(time_ms=1000), "absurd_time"),
    "a time no calendar has": (frame(time_ms=10**18), "absurd_time"),
    "a time no calendar has, sent then": (frame(time_ms=10**18, logged_ms=10**18), "absurd_time"),
    "tomorrow": (frame(time_ms=AT + 86_400_000), "in_the_future"),
}


@pytest.mark.parametrize(("value", "reason"), BAD.values(), ids=BAD.keys())
async def test_a_bad_frame_is_refused_and_the_others_judged(
    stage: FramesStage, value: bytes, reason: str
) -> None:
    effects = await run(stage, [[frame(0), value, frame(1)]])
    (refusal,) = [effect for effect in effects if isinstance(effect, Refuse)]
    assert refusal.error.reason == reason
    assert (refusal.original, refusal.message.offset) == (value, 1)
    assert len(rows(effects)) == 2
    assert [e.amount for e in effects if isinstance(e, Count)] == [2]


async def test_all_bad_is_nothing_stored(stage: FramesStage) -> None:
    effects = await run(stage, [[value for value, _ in BAD.values()]])
    assert len(effects) == len(BAD)
    assert all(isinstance(effect, Refuse) for effect in effects)


@pytest.mark.parametrize("together", [True, False])
async def test_a_frame_sent_again_is_counted_and_not_stored(
    stage: FramesStage, together: bool
) -> None:
    sent = [frame(0), frame(0), frame(1), frame(0)]
    effects = await run(stage, [sent] if together else [[value] for value in sent])
    assert [row[0].timestamp() * 1000 for row in rows(effects)] == [AT, AT + 1000]
    counts = [(e.name, e.amount) for e in effects if isinstance(e, Count)]
    assert sum(n for name, n in counts if name == "frames_repeated") == 2
    assert sum(n for name, n in counts if name == "frames_judged") == 2


async def test_the_edge_of_the_future_is_judged(stage: FramesStage) -> None:
    edge = frame(time_ms=AT, logged_ms=AT - AHEAD_MS)
    assert len(rows(await run(stage, [[edge]]))) == 1


async def test_what_is_stored_says_how_the_picture_is(stage: FramesStage) -> None:
    bright, dark = rows(await run(stage, [[frame(0), frame(1, jpeg=CAP)]]))
    assert (bright[1], bright[6]) == ("pool-camera", hashlib.sha256(JPEG).hexdigest())
    assert bright[0].timestamp() * 1000 == AT
    assert bright[2] >= 0
    assert bright[3] == pytest.approx(float(scene().mean()), abs=12)
    assert (dark[3] < 10, dark[4] < 5, dark[5] < bright[5]) == (True, True, True)


def covered_for_a_while() -> list[bytes]:
    pictures = [encode_jpeg(scene(n)) for n in range(4)]
    whole = [*pictures, *[CAP] * 5, *pictures]
    return [
        frame(n, jpeg=jpeg, time_ms=AT + n * EVERY_MS, logged_ms=AT + n * EVERY_MS)
        for n, jpeg in enumerate(whole)
    ]


async def test_a_covered_camera_is_noticed_and_ends_when_it_sees(stage: FramesStage) -> None:
    found = signals(await run(stage, [covered_for_a_while()]))
    covered = [(phase, at) for rule, phase, at in found if rule == "camera-covered"]
    assert [phase for phase, _ in covered] == ["opened", "closed"]
    opened, closed = (at for _, at in covered)
    assert AT + 4 * EVERY_MS < opened < AT + 9 * EVERY_MS < closed


@pytest.mark.parametrize("size", [1, 5])
async def test_grouping_and_restarts_change_no_signal(stage: FramesStage, size: int) -> None:
    frames = covered_for_a_while()
    groups = [frames[n : n + size] for n in range(0, len(frames), size)]
    whole, cut = await run(stage, [frames]), await run(stage, groups)
    assert signals(cut) == signals(whole)
    assert rows(cut) == rows(whole)


async def test_a_second_camera_changes_nothing_for_the_first(stage: FramesStage) -> None:
    frames = covered_for_a_while()
    other = [
        frame(n, camera_id="waste-camera", time_ms=AT + n * EVERY_MS, logged_ms=AT + n * EVERY_MS)
        for n in range(len(frames))
    ]
    both = [value for pair in zip(frames, other, strict=True) for value in pair]
    mixed = await run(stage, [both])
    alone = signals(await run(stage, [frames]))
    assert [s for s in signals(mixed) if s[0] == "camera-covered"] == [
        s for s in alone if s[0] == "camera-covered"
    ]
    assert {row[1] for row in rows(mixed)} == {"pool-camera", "waste-camera"}
