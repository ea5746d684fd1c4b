"""Owns what is burnt into every picture that is shown: who looks, when, and of what it is a copy.

Faint over the whole picture, so that no part of it can be cut out without; a readable line with the
running clock at its foot. Works on brightness alone, and hides nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import cv2
import numpy as np
from numpy.typing import NDArray

from models.picture import decode_jpeg, encode_jpeg

_ZONE = ZoneInfo("Asia/Shanghai")
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_NEUTRAL, _FAINT, _CLEAR = 128, 22, 120
_TILE_SHARE = 0.30  # how far apart the faint words stand, as a share of the picture's width
_SLANT_DEG = 24.0

Delta = NDArray[np.int16]


@dataclass(slots=True, kw_only=True)
class Stamp:
    """Draws one look's marks.

    Args:
        officer_id: who looks; letters that the drawn font lacks are escaped.
        original: SHA-256 of the sealed original.
        form: ``original`` or ``copy``: what was decoded for this look.
        view_id: of the look, as the log has it.
        began_ms: when the first picture of this piece is shown, epoch ms.
    """

    officer_id: str
    original: str
    form: str
    view_id: str
    began_ms: int
    _tiles: dict[tuple[int, int], Delta] = field(default_factory=dict)
    _lines: dict[tuple[int, int, int], Delta] = field(default_factory=dict)

    @property
    def says(self) -> str:
        """What it says in the file's own metadata."""
        kind = "original" if self.form == "original" else "copy with hidden faces"
        return (
            f"DERIVATIVE 衍生件，带水印，不是原件。 Watermarked for {self.officer_id}, "
            f"view {self.view_id}, from the {kind}; derivative of sha256 {self.original}"
        )

    def paint(self, time_s: float, luma: NDArray[np.uint8]) -> None:
        """Burns the marks into a brightness plane ``(h, w)``, in place.

        Args:
            time_s: since ``began_ms``.
        """
        height, width = luma.shape
        tiles = self._tiles.get((height, width))
        if tiles is None:
            tiles = self._tiles[height, width] = self._tiled(height, width)
        second = (self.began_ms + round(time_s * 1000)) // 1000
        key = (second, height, width)
        both = self._lines.get(key)
        if both is None:
            self._lines.clear()
            both = self._lines[key] = tiles + self._line(height, width, second)
        cv2.add(luma, both, dst=luma, dtype=cv2.CV_8U)

    def _tiled(self, height: int, width: int) -> Delta:
        moment = dt.datetime.fromtimestamp(self.began_ms / 1000, _ZONE)
        words = f"{_ascii(self.officer_id)} {moment:%Y-%m-%d %H:%M}"
        side = int(np.hypot(height, width))
        canvas = np.full((side, side), _NEUTRAL, np.uint8)
        scale = max(0.35, width / 1400)
        step_x, step_y = max(80, int(width * _TILE_SHARE)), max(40, int(width * _TILE_SHARE / 2))
        for row, y in enumerate(range(step_y // 2, side, step_y)):
            for x in range(-(row % 2) * step_x // 2, side, step_x):
                _words(canvas, words, (x, y), scale, _FAINT)
        turn = cv2.getRotationMatrix2D((side / 2, side / 2), _SLANT_DEG, 1.0)
        turned = cv2.warpAffine(canvas, turn, (side, side), borderValue=[_NEUTRAL])
        top, left = (side - height) // 2, (side - width) // 2
        return _delta(np.asarray(turned[top : top + height, left : left + width], np.uint8))

    def _line(self, height: int, width: int, second: int) -> Delta:
        canvas = np.full((height, width), _NEUTRAL, np.uint8)
        moment = dt.datetime.fromtimestamp(second, _ZONE)
        words = (
            f"{_ascii(self.officer_id)} {moment:%Y-%m-%d %H:%M:%S} "
            f"derivative of {self.original[:12]} view {self.view_id[:8]}"
        )
        scale = max(0.3, width / 1900)
        (long, tall), _ = cv2.getTextSize(words, _FONT, scale, 1)
        if long > width - 8:
            scale *= (width - 8) / long
        _words(canvas, words, (4, height - max(5, tall // 2)), scale, _CLEAR)
        return _delta(canvas)


def stamped_jpeg(data: bytes, stamp: Stamp) -> bytes:
    """A picture with a look's marks, as JPEG.

    Raises:
        UnreadablePicture: it cannot be decoded.
    """
    split = cv2.cvtColor(decode_jpeg(data), cv2.COLOR_BGR2YCrCb)
    luma = np.ascontiguousarray(split[:, :, 0], np.uint8)
    stamp.paint(0.0, luma)
    split[:, :, 0] = luma
    marked = np.asarray(cv2.cvtColor(split, cv2.COLOR_YCrCb2BGR), np.uint8)
    made = encode_jpeg(marked, quality=85)
    said = stamp.says.encode()
    return made[:2] + b"\xff\xfe" + (len(said) + 2).to_bytes(2) + said + made[2:]


def _delta(canvas: NDArray[np.uint8]) -> Delta:
    """What to add to a picture's brightness."""
    return np.asarray(canvas, np.int16) - _NEUTRAL


def _words(
    canvas: NDArray[np.uint8], words: str, at: tuple[int, int], scale: float, strength: int
) -> None:
    """Light letters with a dark edge: seen on light and on dark ground."""
    thick = max(1, round(scale * 1.6))
    for shift in (-thick, thick):  # a thicker stroke would be wider: OpenCV's font is proportional
        beside = (at[0] + shift, at[1] + shift)
        cv2.putText(canvas, words, beside, _FONT, scale, _NEUTRAL - strength, thick, cv2.LINE_8)
    cv2.putText(canvas, words, at, _FONT, scale, _NEUTRAL + strength, thick, cv2.LINE_8)


def _ascii(words: str) -> str:
    return words.encode("ascii", "backslashreplace").decode()
