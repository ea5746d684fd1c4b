"""A drawn face, good enough for the network, and a film in which it walks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = 40  # the face is some 0.8 of it wide
WIDTH, HEIGHT, RATE = 320, 240, 10


def face() -> NDArray[np.uint8]:
    """BGR ``(2 SIZE, 2 SIZE, 3)``: hair, skin, brows, eyes, nose, mouth, neck, shoulders."""
    s = SIZE
    picture = np.full((s * 2, s * 2, 3), (90, 100, 95), np.float32)

    def oval(at: tuple[float, float], half: tuple[float, float], colour: tuple[int, ...]) -> None:
        centre, axes = (
            (round(at[0] * s), round(at[1] * s)),
            (round(half[0] * s), round(half[1] * s)),
        )
        cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1)

    oval((1, 0.92), (0.48, 0.62), (40, 50, 70))
    oval((1, 1), (0.40, 0.52), (130, 160, 205))
    for x in (0.84, 1.16):
        oval((x, 0.82), (0.10, 0.03), (50, 60, 80))
        oval((x, 0.92), (0.08, 0.04), (235, 235, 235))
        oval((x, 0.92), (0.035, 0.035), (40, 40, 50))
    oval((1, 1.1), (0.05, 0.10), (110, 140, 185))
    oval((1, 1.28), (0.14, 0.04), (90, 90, 170))
    picture[round(1.48 * s) : round(1.8 * s), round(0.8 * s) : round(1.2 * s)] = (120, 150, 195)
    picture[round(1.7 * s) :, round(0.4 * s) : round(1.6 * s)] = (120, 60, 50)
    return np.clip(cv2.GaussianBlur(picture, (0, 0), 0.8), 0, 255).astype(np.uint8)


def room() -> NDArray[np.uint8]:
    """A chequered room without anybody."""
    across = 80 + 60 * ((np.arange(WIDTH) // 20 + np.arange(HEIGHT)[:, None] // 20) % 2)
    return np.repeat(across[:, :, None], 3, axis=2).astype(np.uint8)


def left_of(number: int) -> int:
    """Where the face's picture begins in frame ``number``: it walks 40 px a second."""
    return 20 + 4 * number


TOP = 60


def frame(number: int) -> NDArray[np.uint8]:
    """One picture of the film."""
    picture = room()
    left = left_of(number)
    picture[TOP : TOP + 2 * SIZE, left : left + 2 * SIZE] = face()
    return picture


def film(path: Path, seconds: int = 4) -> None:
    """Writes it as H.264 with a sound track of silence."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream("libx264", rate=RATE, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = out.add_stream("aac", rate=16_000, layout="mono")
        for number in range(seconds * RATE):
            picture = av.VideoFrame.from_ndarray(frame(number), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(picture))
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 16_000), np.float32), format="fltp", layout="mono"
        )
        silence.rate = 16_000
        out.mux(sound.encode(silence))
        out.mux(stream.encode(None))
        out.mux(sound.encode(None))


def detail(picture: NDArray[np.uint8], box: tuple[int, int, int, int]) -> float:
    """How much fine detail a part of a picture has: mean absolute Laplacian, smoothed a little.

    Args:
        box: left, top, right, bottom.
    """
    left, top, right, bottom = box
    grey = cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    return float(np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 1), cv2.CV_32F)).mean())
