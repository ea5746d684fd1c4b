"""The motion gate tells things that move from noise and from lighting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.demo.tampering import capped
from pipelines.footage.decode import Decoder
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.transcode import to_h264
from pipelines.gateways.capture.health import picture_health
from pipelines.gateways.capture.motion import MotionGate

Change = Callable[[NDArray[np.float64], int], NDArray[np.float64]]


def room(number: int, change: Change | None = None) -> NDArray[np.uint8]:
    """Luma of a textured room, 640 x 480, sensor noise of sigma 6."""
    base = 40 + 90 * (np.arange(640) // 80 % 2) + np.arange(480)[:, None] / 8.0
    seen = base if change is None else change(base, number)
    return np.clip(seen + np.random.default_rng(number).normal(0, 6, seen.shape), 0, 255).astype(
        np.uint8
    )


def moving(change: Change | None, n: int = 30) -> list[bool]:
    """Whether each frame counted as motion."""
    gate = MotionGate()
    return [gate.step(room(number, change)).moving for number in range(n)]


@pytest.mark.parametrize(
    "change",
    [
        None,
        lambda base, n: base + (40 if n >= 10 else 0),
        lambda base, n: base - (35 if n >= 10 else 0),
        lambda base, n: base * (1.5 if n >= 10 else 1),
        lambda base, n: base * (0.4 if n >= 10 else 1),
        lambda base, n: base * (1 + n / 30),
        lambda base, n: base * (0.02 if 10 <= n < 20 else 1),
        lambda base, n: base * 0 + 20 if 10 <= n < 20 else base,
    ],
    ids=["noise", "brighter", "darker", "lamp on", "lamp off", "sunrise", "night", "covered"],
)
def test_nothing_moves_when_only_the_light_changes(change: Change | None) -> None:
    assert moving(change) == [False] * 30


@pytest.mark.parametrize("size", [40, 80, 200])
def test_a_square_that_crosses_is_motion(size: int) -> None:
    def cross(base: NDArray[np.float64], n: int) -> NDArray[np.float64]:
        seen = base.copy()
        if n >= 10:
            left = (n - 10) * 15
            seen[200 : 200 + size, left : left + size] = 220
        return seen

    assert moving(cross) == [False] * 10 + [True] * 20


def test_a_square_that_crosses_while_a_lamp_goes_on_is_motion() -> None:
    def both(base: NDArray[np.float64], n: int) -> NDArray[np.float64]:
        seen = base * (1.4 if n >= 10 else 1)
        if n >= 10:
            seen[200:280, (n - 10) * 15 : (n - 10) * 15 + 80] = 10
        return seen

    assert moving(both) == [False] * 10 + [True] * 20


def test_what_stays_becomes_background() -> None:
    def put_down(base: NDArray[np.float64], n: int) -> NDArray[np.float64]:
        seen = base.copy()
        if n >= 10:
            seen[200:280, 300:380] = 220
        return seen

    found = moving(put_down, 150)
    assert all(found[10:120])  # for a minute it could be somebody
    assert not any(found[135:])


def test_people_on_a_square_nearly_always_move(video: Path) -> None:
    gate, seen = MotionGate(), []
    with open_video(str(video)) as opened:
        decoder = Decoder(opened)
        for number, packet in enumerate(opened.packets()):
            if isinstance(packet, VideoPacket):
                pictures = decoder.decode(packet)
                seen += [gate.step(p.luma()).moving for p in pictures if number % 5 == 0]
    assert len(seen) > 100
    assert np.mean(seen[1:]) > 0.95


def test_health_tells_a_covered_lens_from_a_picture(still_video: Path, tmp_path: Path) -> None:
    to_h264(still_video, tmp_path / "covered.mp4", alter=capped((1.0, 1e9)))
    with open_video(str(tmp_path / "covered.mp4")) as opened:
        decoder = Decoder(opened)
        found = []
        for packet in opened.packets():
            if isinstance(packet, VideoPacket):
                found += [picture_health(p.bgr(width_px=640)) for p in decoder.decode(packet)]
            if len(found) > 20:
                break
    open_lens, covered = found[5], found[15]
    assert open_lens.brightness > 80
    assert open_lens.contrast > 30
    assert open_lens.sharpness > 50
    assert covered.brightness < 20
    assert covered.contrast < 5
    assert covered.sharpness < 2


def test_health_of_known_pictures() -> None:
    flat = picture_health(np.full((40, 60), 77, np.uint8))
    assert (flat.brightness, flat.contrast, flat.sharpness) == (77, 0, 0)
    ramp = np.tile(np.arange(0, 200, 4, dtype=np.uint8), (40, 1))  # 4 luma a pixel across
    inside = picture_health(ramp[:, :])
    assert inside.sharpness == pytest.approx(16, rel=0.05)  # but for the two border columns
    assert picture_health(np.dstack([ramp] * 3)) == inside
