"""Cases of what must count as somebody, and of what must not or not for ever (`OFF-10`).

Scenes are rendered at 640 x 480 with a sensor's noise and looked at twice a second, as a camera is.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.gateways.capture.motion import MotionGate

Scene = NDArray[np.float32]
Change = Callable[[Scene, float, np.random.Generator], Scene]
EVERY_S = 0.5


def street() -> Scene:
    """A textured ground, a wall, a dark door: contrast of its own nearly everywhere."""
    rng = np.random.default_rng(5)
    coarse = cv2.resize(rng.uniform(60, 150, (12, 16)).astype(np.float32), (640, 480))
    fine = cv2.resize(rng.normal(0, 14, (96, 128)).astype(np.float32), (640, 480))
    scene = np.asarray(coarse + fine, np.float32)
    scene[:160] = 140 + fine[:160] * 0.6
    scene[100:300, 480:560] = 45 + fine[100:300, 480:560] * 0.4
    return scene


def person(scene: Scene, x: float, y: float, height: float = 110.0, luma: float = 35.0) -> None:
    """An upright dark shape with a lighter head, feet at ``y``; drawn onto the scene."""
    wide, left, top = height * 0.32, round(x), round(y - height)
    cv2.ellipse(
        scene, (left, round(y - height * 0.45)), (round(wide / 2), round(height * 0.45)), 0, 0, 360,
        luma, -1,
    )  # fmt: skip
    cv2.circle(scene, (left, top + round(height * 0.08)), round(height * 0.09), luma + 60, -1)


def watch(change: Change, seconds: float, *, every_s: float = EVERY_S) -> list[bool]:
    """Whether something counted as there, look by look; seen at half the size it is drawn."""
    gate, base, rng = MotionGate(), street(), np.random.default_rng(11)
    grain = rng.normal(0, 3, (8, 240, 320)).astype(np.float32)
    found = []
    for number in range(round(seconds / every_s)):
        scene = change(base.copy(), number * every_s, rng)
        seen = cv2.resize(scene, (320, 240), interpolation=cv2.INTER_AREA)
        seen += np.roll(grain[rng.integers(8)], tuple(rng.integers(0, 240, 2)), (0, 1))
        luma = np.clip(seen, 0, 255).astype(np.uint8)
        found.append(gate.step(luma, number * every_s).moving)
    return found


def clouds(scene: Scene, t: float, _: np.random.Generator) -> Scene:
    """A shadow with a soft edge drifts over, and the whole gets a third darker and lighter."""
    edge = (t * 25) % 1400 - 400
    across = 1 / (1 + np.exp(-(np.arange(640) - edge) / 40.0))
    return np.asarray(scene * (0.85 + 0.15 * np.cos(t / 8)) * (0.7 + 0.3 * across), np.float32)


def lamp(scene: Scene, t: float, _: np.random.Generator) -> Scene:
    """A lamp in a corner goes on and off: its cone is half as bright again."""
    if t % 20 < 10:
        return scene
    far = np.hypot(np.arange(640) - 120, (np.arange(480)[:, None] - 330) * 1.4)
    return np.asarray(scene * (1 + 0.6 * np.exp(-((far / 130) ** 4))), np.float32)


def infrared(scene: Scene, t: float, _: np.random.Generator) -> Scene:
    """From 20 s on infrared light: other brightness of other things."""
    return scene if t < 20 else np.asarray(235 - scene * 0.9, np.float32)


def flicker(scene: Scene, t: float, _: np.random.Generator) -> Scene:
    """Bands of a 50 Hz lamp roll over a rolling shutter's picture."""
    return np.asarray(
        scene * (1 + 0.12 * np.sin(np.arange(480)[:, None] / 38 + t * 17.3)), np.float32
    )


def rain(scene: Scene, t: float, rng: np.random.Generator) -> Scene:
    """Three hundred streaks, others in each look."""
    del t
    for x, y, length in zip(
        rng.integers(0, 640, 300), rng.integers(0, 440, 300), rng.integers(10, 35, 300), strict=True
    ):
        cv2.line(scene, (int(x), int(y)), (int(x) + 3, int(y + length)), 190, 1)
    return scene


def snow(scene: Scene, t: float, rng: np.random.Generator) -> Scene:
    """Two hundred and fifty flakes, some near the lens."""
    del t
    for x, y, size in zip(
        rng.integers(0, 640, 250), rng.integers(0, 480, 250), rng.exponential(1.8, 250), strict=True
    ):
        cv2.circle(scene, (int(x), int(y)), 1 + int(min(size, 5)), 225, -1)
    return scene


def leaves(scene: Scene, t: float, rng: np.random.Generator) -> Scene:
    """A tree's crown, in which leaves show now their light side, now their dark one."""
    del t
    spots = rng.uniform(-1, 1, (14, 18)).astype(np.float32)
    scene[20:160, 40:220] += 45 * cv2.resize(spots, (180, 140))
    return scene


def clock(scene: Scene, t: float, _: np.random.Generator) -> Scene:
    """White digits in a corner that tell the time."""
    said = f"2026-11-23 {int(t) // 3600:02}:{int(t) // 60 % 60:02}:{int(t) % 60:02}"
    written = np.zeros((480, 640), np.uint8)
    cv2.putText(written, said, (12, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    return np.where(written > 100, np.float32(250), scene)


def headlights(scene: Scene, t: float, _: np.random.Generator) -> Scene:
    """At dusk a car out of sight throws its light over the ground, every 15 s for 4 s."""
    dusk = scene * np.float32(0.5)
    if t % 15 >= 4:
        return dusk
    x = -100 + t % 15 / 4 * 840
    far = np.hypot((np.arange(640) - x) / 150, (np.arange(480)[:, None] - 380) / 70)
    return np.asarray(dusk * (1 + 1.3 * np.exp(-(far**4))), np.float32)


def nothing(scene: Scene, t: float, _: np.random.Generator) -> Scene:
    """Only the sensor's noise."""
    del t
    return scene


NEVER = (nothing, clouds, lamp, infrared, flicker, rain, headlights)
NOT_FOR_EVER = (snow, leaves, clock)


@pytest.mark.parametrize("change", NEVER)
def test_light_and_weather_are_nobody(change: Change) -> None:
    found = watch(change, 90)
    assert np.mean(found) <= 0.04, np.flatnonzero(found) * EVERY_S  # a look a pass of headlights


@pytest.mark.parametrize("change", NOT_FOR_EVER)
def test_what_never_rests_is_known_after_two_minutes(change: Change) -> None:
    found = watch(change, 200)
    assert np.mean(found[240:]) <= 0.05


@pytest.mark.parametrize(
    "change", [nothing, clouds, flicker, rain, snow, leaves, clock, headlights]
)
def test_somebody_who_walks_is_seen_in_any_weather(change: Change) -> None:
    """After three minutes of it, so also where much was learnt."""

    def walk(scene: Scene, t: float, rng: np.random.Generator) -> Scene:
        if t >= 180:
            person(scene, 30 + (t - 180) * 40, 400)
        return change(scene, t, rng)

    found = watch(walk, 194)
    assert np.mean(found[361:]) >= 0.9


@pytest.mark.parametrize("change", [nothing, clouds, flicker, leaves, clock])
def test_who_stands_where_nobody_was_is_never_learnt(change: Change) -> None:
    """Somebody stands for seven minutes and shifts a little every ten seconds or so."""

    def stand(scene: Scene, t: float, rng: np.random.Generator) -> Scene:
        if t >= 30:
            person(scene, 300 + 3 * np.sin(t // 11), 400 + 2 * np.cos(t // 17))
        return change(scene, t, rng)

    found = watch(stand, 450, every_s=1.0)
    assert np.mean(found[32:]) >= 0.98


def test_a_bag_is_learnt_and_does_not_come_back_as_its_ghost() -> None:
    def bag(scene: Scene, t: float, rng: np.random.Generator) -> Scene:
        del rng
        if 20 <= t < 120:
            scene[340:400, 280:350] = 30
        return scene

    found = watch(bag, 240)
    assert all(found[41:150])
    assert not any(found[170:238])
    assert not any(found[380:])  # what it stood on is the empty scene again, after a minute


@pytest.mark.parametrize("every_s", [0.5, 1.0, 2.0])
def test_who_leaves_leaves_no_ghost(every_s: float) -> None:
    def visit(scene: Scene, t: float, rng: np.random.Generator) -> Scene:
        del rng
        if 20 <= t < 50:
            person(scene, 200 + 2 * (t - 20), 400)
        return scene

    found = watch(visit, 80, every_s=every_s)
    times = np.flatnonzero(found) * every_s
    assert times.min() <= 20 + every_s
    assert times.max() <= 50 + every_s
    assert len(times) >= 0.95 * 30 / every_s


def test_a_crowd_that_always_passes_is_not_learnt() -> None:
    """One after another for five minutes along one path."""

    def crowd(scene: Scene, t: float, rng: np.random.Generator) -> Scene:
        del rng
        for number in range(4):
            person(scene, (t * 45 + number * 190) % 760 - 60, 380 + 12 * number)
        return scene

    assert np.mean(watch(crowd, 300, every_s=1.0)[2:]) >= 0.98
