"""Owns what is done to a camera, as pictures: each act changes what falls onto the sensor.

An act is made once with a generator of chance and then applied to one picture after another; its
severity is drawn from a range in which a person who looks would call it tampered with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.tampered.footage import SIZE, Picture, View

Act = Callable[[Picture], Picture]
_W, _H = SIZE


def covered(chance: np.random.Generator) -> Act:
    """Cloth, tape or a hand before the lens: nearly flat, of some colour, hardly any light."""
    colour = chance.uniform(15, 170) * chance.uniform(0.7, 1.0, 3)
    shade = _clouds(chance, 3, 0.5)[..., None] * chance.uniform(4, 25)
    cloth = _picture(np.broadcast_to(colour, (_H, _W, 3)) + shade)
    return lambda _: cloth


def bagged(chance: np.random.Generator) -> Act:
    """A plastic bag over the camera: a milky blur, some light and dark left."""
    blur, milk = chance.uniform(12, 30), chance.uniform(120, 200)
    left = chance.uniform(0.15, 0.4)

    def act(picture: Picture) -> Picture:
        soft = cv2.GaussianBlur(picture, (0, 0), blur)
        return _picture(milk + left * (soft.astype(np.float32) - 120))

    return act


def sprayed(chance: np.random.Generator) -> Act:
    """Paint over a third to four fifths of the picture, edges soft: it sits on the lens."""
    mask = _patches(chance, chance.uniform(0.33, 0.8))
    colour = np.float32(chance.uniform(5, 200) * chance.uniform(0.6, 1.0, 3))
    return lambda picture: _picture(picture * (1 - mask) + colour * mask)


def smeared(chance: np.random.Generator) -> Act:
    """Grease over a third to nine tenths: blurred and hazy there, clear beside it."""
    mask = _patches(chance, chance.uniform(0.33, 0.9))
    blur, haze = chance.uniform(6, 14), chance.uniform(0, 60)

    def act(picture: Picture) -> Picture:
        soft = cv2.GaussianBlur(picture, (0, 0), blur).astype(np.float32)
        return _picture(picture * (1 - mask) + (0.8 * soft + haze) * mask)

    return act


def blacked_out(chance: np.random.Generator) -> Act:
    """A cap on the lens: black but for the sensor's noise."""
    left = chance.uniform(0.0, 0.04)
    return lambda picture: _picture(picture * left)


def blinded(chance: np.random.Generator) -> Act:
    """A lamp at the lens: a burnt-out disc, a veil over the rest, exposure driven down."""
    x, y = chance.uniform(0.2, 0.8) * _W, chance.uniform(0.2, 0.8) * _H
    radius, veil = chance.uniform(60, 160), chance.uniform(60, 150)
    down = chance.uniform(0.25, 0.7)
    rows, columns = np.mgrid[:_H, :_W].astype(np.float32)
    far = np.hypot(columns - x, rows - y)
    glare = 300 * np.exp(-((far / radius) ** 4)) + veil * np.exp(-far / (4 * radius))
    return lambda picture: _picture(picture * down + glare[..., None])


def lasered(chance: np.random.Generator) -> Act:
    """A green or red laser: a burnt-out spot, and one colour scattered over everything."""
    x, y = chance.uniform(0.3, 0.7) * _W, chance.uniform(0.3, 0.7) * _H
    radius = chance.uniform(40, 90)
    rows, columns = np.mgrid[:_H, :_W].astype(np.float32)
    far = np.hypot(columns - x, rows - y)
    spot = 400 * np.exp(-((far / radius) ** 2))
    scatter = chance.uniform(80, 160) * np.exp(-far / 500) * (1 + 0.3 * _clouds(chance, 12, 1.0))
    tint = np.array((0.2, 1.0, 0.2) if chance.random() < 0.5 else (0.2, 0.2, 1.0), np.float32)
    glare = spot[..., None] + scatter[..., None] * tint
    down = chance.uniform(0.2, 0.5)
    return lambda picture: _picture(picture * down + glare)


def blurred(chance: np.random.Generator) -> Act:
    """Out of focus: a disc of 5 to 14 px."""
    radius = int(chance.integers(5, 15))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2).astype(np.float32)
    disc /= disc.sum()
    return lambda picture: np.asarray(cv2.filter2D(picture, -1, disc), np.uint8)


def moved_view(chance: np.random.Generator, view: View) -> View:
    """Pushed aside by 15 to 60 % of what it sees, turned by up to 20 degrees."""
    way = chance.uniform(0, 2 * np.pi)
    far = chance.uniform(0.15, 0.6) * view.width
    return replace(
        view,
        x=view.x + far * np.cos(way),
        y=view.y + far * np.sin(way),
        turn_deg=view.turn_deg + chance.uniform(-20, 20),
    )


ACTS: dict[str, Callable[[np.random.Generator], Act]] = {
    "covered": covered,
    "bagged": bagged,
    "sprayed": sprayed,
    "smeared": smeared,
    "blacked_out": blacked_out,
    "blinded": blinded,
    "lasered": lasered,
    "blurred": blurred,
}


def _patches(chance: np.random.Generator, share: float) -> NDArray[np.float32]:
    """A soft mask ``(height, width, 1)`` over a share of the picture, in a few patches."""
    clouds = _clouds(chance, 4, 1.0)
    over = clouds > np.quantile(clouds, 1 - share)
    return np.asarray(cv2.GaussianBlur(over.astype(np.float32), (0, 0), 6)[..., None], np.float32)


def _clouds(chance: np.random.Generator, cells: int, size: float) -> NDArray[np.float32]:
    grid = chance.normal(0, size, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(grid, SIZE, interpolation=cv2.INTER_CUBIC), np.float32)


def _picture(values: NDArray[np.floating]) -> Picture:
    return np.asarray(np.clip(values, 0, 255), np.uint8)
