"""Owns light, weather and passers-by: what changes a picture although nobody touches the camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.tampered.footage import SIZE, Picture

_W, _H = SIZE
_POOL = 12

WEATHERS = (
    "day",
    "compressed",
    "exposure steps",
    "people close",
    "rain",
    "dusk to darkness",
    "dusk to infrared",
    "infrared night",
    "headlights",
    "lights out",
)
"""Kinds of untampered hours."""

Change = Callable[[NDArray[np.float32], float], NDArray[np.float32]]


@dataclass(slots=True)
class Sensor:
    """Noise, quantisation and compression of one camera.

    Attributes:
        noise: standard deviation in luma.
        quality: of the JPEG that the picture travels as.
    """

    chance: np.random.Generator
    noise: float = 3.0
    quality: int = 80
    _pool: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        shape = (_POOL, _H + 32, _W + 32, 1)
        self._pool = self.chance.standard_normal(shape, dtype=np.float32)

    def take(self, scene: NDArray[np.float32], *, grey: bool = False, gain: float = 1.0) -> Picture:
        """What comes out of the camera; ``gain`` is that of noise."""
        if grey:
            scene = scene.mean(axis=2, keepdims=True).repeat(3, axis=2)
        y, x = self.chance.integers(0, 32, 2)
        grain = self._pool[self.chance.integers(_POOL), y : y + _H, x : x + _W]
        noisy = np.clip(scene + self.noise * gain * grain, 0, 255).astype(np.uint8)
        _, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


@dataclass(frozen=True, slots=True)
class Weather:
    """One kind of untampered hours.

    Attributes:
        change: what light and weather make of a scene at a second.
        grey_from_s: from when the camera sees by infrared.
        noise: gain of noise at a second.
        quality: of the JPEG.
        open: whether the site is open.
    """

    change: Change
    grey_from_s: float = float("inf")
    noise: Callable[[float], float] = lambda _: 1.0
    quality: int = 80
    open: bool = True


def weathers(chance: np.random.Generator, hours_s: float) -> dict[str, Weather]:
    """Every kind of ``WEATHERS``, with chance's own figures."""
    night = chance.uniform(0.25, 0.4)
    lamp = _lamp(chance)
    return {
        "day": Weather(_clouds_pass(chance)),
        "compressed": Weather(_clouds_pass(chance), quality=int(chance.integers(25, 40))),
        "exposure steps": Weather(_steps(chance)),
        "people close": Weather(_people(chance)),
        "rain": Weather(_rain(chance)),
        "dusk to darkness": Weather(_dusk(hours_s, 0.05), noise=lambda t: 1 + 2 * t / hours_s),
        "dusk to infrared": Weather(
            _switch(_dusk(hours_s, 0.2), _infrared(lamp, night), hours_s / 2),
            grey_from_s=hours_s / 2,
            noise=lambda t: 2.5 if t >= hours_s / 2 else 1 + t / hours_s,
        ),
        "infrared night": Weather(_infrared(lamp, night), grey_from_s=0, noise=lambda _: 2.5),
        "headlights": Weather(
            _headlights(chance, _infrared(lamp, night)), grey_from_s=0, noise=lambda _: 2.5
        ),
        "lights out": Weather(
            lambda scene, t: scene * (1.0 if t < hours_s / 3 else 0.02), open=False
        ),
    }


def _clouds_pass(chance: np.random.Generator) -> Change:
    period, depth, phase = chance.uniform(200, 900), chance.uniform(0.1, 0.3), chance.uniform(0, 6)
    return lambda scene, t: scene * np.float32(1 - depth * (1 + np.sin(t / period + phase)) / 2)


def _steps(chance: np.random.Generator) -> Change:
    """Exposure goes up or down at once, by at most 1.8 times, every few minutes."""
    gains = chance.uniform(0.6, 1.35, 64)
    every_s = chance.uniform(90, 240)
    return lambda scene, t: scene * np.float32(gains[int(t / every_s) % 64])


def _dusk(hours_s: float, to: float) -> Change:
    """Falling by the same factor each minute; exposure makes up for the first third."""

    def change(scene: NDArray[np.float32], t: float) -> NDArray[np.float32]:
        beyond = max(0.0, t / hours_s - 1 / 3) * 1.5
        return scene * np.float32(to**beyond)

    return change


def _lamp(chance: np.random.Generator) -> NDArray[np.float32]:
    """The light of a camera's own infrared lamp: bright in the middle, none at the corners."""
    rows, columns = np.mgrid[:_H, :_W].astype(np.float32)
    x, y = chance.uniform(0.4, 0.6) * _W, chance.uniform(0.5, 0.7) * _H
    far = np.hypot((columns - x) / _W, (rows - y) / _H)
    return np.asarray(np.exp(-((far / chance.uniform(0.4, 0.6)) ** 2))[..., None], np.float32)


def _infrared(lamp: NDArray[np.float32], night: float) -> Change:
    return lambda scene, _: scene * (np.float32(night * 0.3) + np.float32(1.8 * night) * lamp)


def _switch(before: Change, after: Change, at_s: float) -> Change:
    return lambda scene, t: before(scene, t) if t < at_s else after(scene, t)


def _headlights(chance: np.random.Generator, night: Change) -> Change:
    """A car turns every minute or two: a bright lobe sweeps through in some 6 s."""
    times = np.cumsum(chance.uniform(40, 150, 400))
    rows, columns = np.mgrid[:_H, :_W].astype(np.float32)

    def change(scene: NDArray[np.float32], t: float) -> NDArray[np.float32]:
        seen = night(scene, t)
        car = times[np.searchsorted(times, t, side="right") - 1]
        if not 0 <= t - car < 6:
            return seen
        x = (t - car) / 6 * 1.4 * _W - 0.2 * _W
        lobe = np.exp(-(((columns - x) / 130) ** 2 + ((rows - 0.6 * _H) / 90) ** 2))
        lit = seen * (1 + 2 * lobe[..., None]) + 260 * lobe[..., None] ** 2
        return np.asarray(lit, np.float32)

    return change


def _rain(chance: np.random.Generator) -> Change:
    """Streaks, a grey veil that comes and goes, and a few drops that stay on the lens."""
    veil, period = chance.uniform(0.15, 0.35), chance.uniform(300, 900)
    drops = np.zeros((_H, _W), np.float32)
    for _ in range(int(chance.integers(4, 10))):
        centre = (int(chance.integers(_W)), int(chance.integers(_H)))
        cv2.circle(drops, centre, int(chance.integers(8, 22)), 1.0, -1)
    drops = np.asarray(cv2.GaussianBlur(drops, (0, 0), 4)[..., None], np.float32)

    def change(scene: NDArray[np.float32], t: float) -> NDArray[np.float32]:
        share = np.float32(veil * (0.6 + 0.4 * np.sin(t / period)))
        wet = scene * (1 - share) + 150 * share
        soft = cv2.GaussianBlur(wet, (0, 0), 7)
        wet = wet * (1 - drops) + soft * drops
        streaks = np.zeros((_H, _W), np.float32)
        for x, y in chance.integers(0, (_W, _H), (150, 2)):
            cv2.line(streaks, (int(x), int(y)), (int(x) + 2, int(y) + 18), 40.0, 1)
        return wet + streaks[..., None]

    return change


def _people(chance: np.random.Generator) -> Change:
    """Somebody passes close before the lens every minute, for 2 to 40 s, over up to half of it."""
    times = np.cumsum(chance.uniform(30, 120, 400))
    stays = chance.choice([3.0, 6.0, 12.0, 40.0], 400, p=[0.4, 0.3, 0.2, 0.1])
    widths = chance.uniform(0.15, 0.5, 400) * _W
    tones = chance.uniform(30, 190, (400, 3))
    weave = chance.normal(0, 6, (_H, _W, 1)).astype(np.float32)

    def change(scene: NDArray[np.float32], t: float) -> NDArray[np.float32]:
        number = max(0, int(np.searchsorted(times, t, side="right")) - 1)
        gone = (t - times[number]) / stays[number]
        if not 0 <= gone < 1:
            return scene
        x = -0.3 * _W + gone * 1.6 * _W if stays[number] < 20 else (0.4 + 0.1 * gone) * _W
        body = np.zeros((_H, _W), np.float32)
        half = widths[number] / 2
        cv2.ellipse(body, (int(x), _H), (int(half), int(0.75 * _H)), 0, 0, 360, 1.0, -1)
        soft = np.asarray(cv2.GaussianBlur(body, (0, 0), 5), np.float32)[..., None]
        passed = scene * (1 - soft) + (tones[number].astype(np.float32) + weave) * soft
        return np.asarray(passed, np.float32)

    return change
