"""Owns views of the film: real pictures of several cameras, each a part of the square."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.footage.decode import Decoder
from pipelines.footage.read import VideoPacket, open_video

Picture = NDArray[np.uint8]
SIZE = (640, 480)
_EVERY = 20  # of 10 a second: neighbouring pictures of a loop are two seconds apart


@dataclass(frozen=True, slots=True)
class View:
    """Where a camera looks in the film: centre and width as shares of its width, turn in degrees.

    Real pictures lie all around it, so a camera that is moved sees what is really there.
    """

    x: float
    y: float
    width: float
    turn_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Film:
    """Pictures of the whole square, BGR."""

    pictures: tuple[Picture, ...]

    @classmethod
    def read(cls, video: Path) -> Film:
        """Decodes every twentieth picture."""
        found: list[Picture] = []
        with open_video(str(video)) as opened:
            decoder = Decoder(opened)
            number = 0
            for packet in opened.packets():
                if isinstance(packet, VideoPacket):
                    for picture in decoder.decode(packet):
                        if number % _EVERY == 0:
                            found.append(picture.bgr(width_px=768))
                        number += 1
        return cls(tuple(found))

    def seen(self, view: View, number: int) -> Picture:
        """The picture that a camera with this view takes, ``SIZE``; the film is played to and fro.

        To and fro, so that nobody leaps across the square where the film ends.
        """
        count = len(self.pictures)
        number %= 2 * count - 2
        whole = self.pictures[number if number < count else 2 * count - 2 - number]
        height, width = whole.shape[:2]
        scale = SIZE[0] / (view.width * width)
        turned = cv2.getRotationMatrix2D((view.x * width, view.y * height), view.turn_deg, scale)
        turned[:, 2] += np.array(SIZE) / 2 - (view.x * width, view.y * height)
        out = cv2.warpAffine(
            whole, turned, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        return np.asarray(out, np.uint8)
