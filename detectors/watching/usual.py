"""Owns what a camera usually shows, by day and by infrared: what a look is compared with.

Running means in which one look counts little and an odd one hardly more. A look that something is
wrong with teaches nothing, or trouble would become usual. Must not decide what trouble is.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.types import Look, PictureHealth
from detectors.watching.spell import NEVER_MS

COLOUR, GREY = "colour", "grey"
_GREY_BELOW = 2.0  # mean spread of the channels: an infrared picture has next to none
_DARK = 20.0  # in the dark everything is grey: such a look is of the light before it
_TAU_S = 180.0  # twilight halves the light in some four minutes, and must be followed
_DIMMED = 0.35
_STEP_S = 30.0  # a longer silence teaches no more than this
_ODD = 0.7  # one look is taken for at most e**0.7, twice, the usual
_LEARNED_LOOKS, _LEARNED_S = 10, 30.0
_OFFSET_LUMA = 16.0  # detail is told relative to brightness, but not of pitch-black tiles
_SOBEL_OF_NOISE = 0.375  # both scaled 3x3 kernels' squared weights summed
_TEXTURED = 4.0  # detail below which a tile has none to lose
_FEW_TILES = 6
_RELIEF_LUMA = 1.5  # a picture flatter than this over its tiles has no pattern to recognise
_CLIPPED = (12.0, 243.0)  # outside, pixels are black or white to the last bit by themselves
_NOISY = 1.0  # Tenengrad of a tile below which a codec may repeat it to the bit

Tiles = NDArray[np.float32]


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """What the camera usually shows in one light; ``luma`` and ``detail`` are float32 a tile."""

    looks: int = 0
    since_ms: int = NEVER_MS
    last_ms: int = NEVER_MS
    brightness: float = 0.0
    white_share: float = 0.0
    luma: bytes = b""
    detail: bytes = b""

    @property
    def learned(self) -> bool:
        """Whether enough was seen to compare with."""
        return self.looks >= _LEARNED_LOOKS and self.last_ms - self.since_ms >= _LEARNED_S * 1000


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """What one camera usually shows.

    Attributes:
        reference: names the reference view it was learned under; with another it begins anew.
        light: ``colour`` or ``grey``, of the last look that was bright enough to tell.
        prints: uint32 a tile, of the last look.
    """

    reference: str = ""
    light: str = COLOUR
    habits: dict[str, Habit] = {}
    prints: bytes = b""

    @property
    def sees_at_night(self) -> bool:
        """Whether it has shown that it sees by its own infrared light."""
        grey, colour = self.habits.get(GREY), self.habits.get(COLOUR)
        return grey is not None and grey.learned and colour is not None and colour.learned


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """One look beside what is usual.

    Attributes:
        habit: what it is compared with; None while too little is known.
        kept: detail of each tile that usually has some, as a share of the usual.
        gained: share of all tiles with more than three times their usual detail.
        structure: correlation (-1 to 1) of the tiles' brightness with the usual.
        strange_light: compared with the other light, as this one is not known yet.
        repeated: share (0 to 1) of the tiles that are, to the last bit, those of the look before;
            None where too few tiles could tell.
    """

    look: Look
    habit: Habit | None = None
    kept: Tiles
    gained: float = 0.0
    structure: float = 0.0
    strange_light: bool = False
    sees_at_night: bool = False
    repeated: float | None = None

    @property
    def health(self) -> PictureHealth:
        """Of the look."""
        return self.look.health

    @property
    def dimmed(self) -> bool:
        """Much darker than usual: what is usual follows twilight, so it happened at once."""
        return self.habit is None or self.health.brightness < _DIMMED * self.habit.brightness

    @property
    def faded(self) -> bool:
        """So dark, or so much darker than usual, that detail lost says nothing."""
        return self.dimmed or self.health.brightness < _DARK


@lru_cache(maxsize=256)
def named(reference: bytes) -> str:
    """A short name of a reference view; empty for none."""
    return hashlib.sha256(reference).hexdigest()[:16] if reference else ""


def compared(usual: Usual, look: Look) -> Sight:
    """Puts a look beside what is usual in its light, or in the other while that is unknown."""
    health = look.health
    light = _light(usual, health)
    habit = usual.habits.get(light, Habit())
    other = usual.habits.get(GREY if light == COLOUR else COLOUR, Habit())
    strange = not habit.learned and other.learned
    habit = other if strange else habit
    if not habit.learned or not health.tile_luma:
        return Sight(look=look, kept=np.zeros(0, np.float32), repeated=_repeated(usual, health))
    before, now = np.frombuffer(habit.detail, np.float32), detail(health)
    # What is less than the noise of this look cannot be told to be gone.
    textured = before >= np.maximum(_TEXTURED, _of_noise(health) * _relative(health))
    enough = int(textured.sum()) >= _FEW_TILES
    return Sight(
        look=look,
        habit=habit,
        kept=now[textured] / before[textured] if enough else np.zeros(0, np.float32),
        gained=float((now > 3 * np.maximum(before, _TEXTURED)).mean()),
        structure=_alike(np.frombuffer(habit.luma, np.float32), _tiles(health.tile_luma)),
        strange_light=strange,
        sees_at_night=usual.sees_at_night,
        repeated=_repeated(usual, health),
    )


def learned(usual: Usual, look: Look) -> Usual:
    """What is usual after a look that nothing is wrong with."""
    health = look.health
    if not health.tile_luma:
        return usual
    light = _light(usual, health)
    habit = _after(usual.habits.get(light, Habit()), health, look.time_ms)
    return msgspec.structs.replace(usual, light=light, habits=usual.habits | {light: habit})


def printed(usual: Usual, look: Look) -> Usual:
    """Remembers the prints of a look, good or bad."""
    prints = np.array(look.health.tile_prints, np.uint32).tobytes()
    return msgspec.structs.replace(usual, prints=prints)


def detail(health: PictureHealth) -> Tiles:
    """Tenengrad of each tile beyond that of noise, relative to its brightness squared, in 1/10000.

    A lamp that doubles all luma leaves it as it is.
    """
    beyond = np.maximum(_tiles(health.tile_sharpness) - _of_noise(health), 0)
    return np.asarray(beyond * _relative(health), np.float32)


def _of_noise(health: PictureHealth) -> float:
    """Tenengrad that the sensor's noise alone gives."""
    return _SOBEL_OF_NOISE * health.noise**2


def _relative(health: PictureHealth) -> Tiles:
    return np.asarray(1e4 / np.square(_tiles(health.tile_luma) + _OFFSET_LUMA), np.float32)


def _light(usual: Usual, health: PictureHealth) -> str:
    if health.brightness < _DARK:
        return usual.light
    return GREY if health.colour < _GREY_BELOW else COLOUR


def _after(habit: Habit, health: PictureHealth, time_ms: int) -> Habit:
    luma, now = _tiles(health.tile_luma), detail(health)
    if not habit.looks:
        return Habit(
            looks=1, since_ms=time_ms, last_ms=time_ms, brightness=health.brightness,
            white_share=health.white_share, luma=luma.tobytes(), detail=now.tobytes(),
        )  # fmt: skip
    passed_s = min((time_ms - habit.last_ms) / 1000, _STEP_S)
    weight = max(1 - math.exp(-passed_s / _TAU_S), 1 / (habit.looks + 1))
    was_luma, was_detail = (np.frombuffer(b, np.float32) for b in (habit.luma, habit.detail))
    apart = np.log(np.maximum(now, 1e-2) / np.maximum(was_detail, 1e-2))
    grown = np.maximum(was_detail, 1e-2) * np.exp(weight * np.clip(apart, -_ODD, _ODD))
    return Habit(
        looks=min(habit.looks + 1, 1_000_000),
        since_ms=habit.since_ms,
        last_ms=time_ms,
        brightness=habit.brightness + weight * (health.brightness - habit.brightness),
        white_share=habit.white_share + weight * (health.white_share - habit.white_share),
        luma=(was_luma + np.float32(weight) * (luma - was_luma)).astype(np.float32).tobytes(),
        detail=grown.astype(np.float32).tobytes(),
    )


def _alike(before: Tiles, now: Tiles) -> float:
    one, other = before - before.mean(), now - now.mean()
    if min(one.std(), other.std()) < _RELIEF_LUMA:
        return 0.0
    return float((one * other).mean() / (one.std() * other.std()))


def _repeated(usual: Usual, health: PictureHealth) -> float | None:
    before = np.frombuffer(usual.prints, np.uint32)
    now = np.array(health.tile_prints, np.uint32)
    if not len(now) or len(before) != len(now):
        return None
    luma = _tiles(health.tile_luma)
    telling = (luma > _CLIPPED[0]) & (luma < _CLIPPED[1])
    telling &= _tiles(health.tile_sharpness) >= _NOISY
    if telling.sum() < _FEW_TILES:
        return None
    return float((before == now)[telling].mean())


def _tiles(values: tuple[float, ...]) -> Tiles:
    return np.array(values, np.float32)
