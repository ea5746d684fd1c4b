"""Owns pixels: JPEG bytes to arrays, arrays to a network's input. Must not know any network."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

PAD_VALUE = 114  # the grey the YOLO family is trained with
MAX_PIXELS = 8192 * 8192


class UnreadablePicture(ValueError):
    """The bytes are not a picture this machine can decode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """How a picture was fitted into a square: ``x' = x * scale + pad_x``."""

    scale: float
    pad_x: float
    pad_y: float
    width_px: int
    height_px: int

    def undo(self, boxes_xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
        """Maps boxes (``(n, 4)``, square's pixels) back to the original picture, clipped to it."""
        shifted = boxes_xyxy - np.array([self.pad_x, self.pad_y] * 2, np.float32)
        limits = np.array([self.width_px, self.height_px] * 2, np.float32)
        inside: NDArray[np.float32] = np.clip(shifted / np.float32(self.scale), 0, limits)
        return inside


def decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    """Decodes a JPEG or PNG to BGR uint8 ``(h, w, 3)``.

    Raises:
        UnreadablePicture: empty, truncated beyond use, or absurdly large.
    """
    if not data:
        raise UnreadablePicture("empty picture")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise UnreadablePicture(f"picture cannot be decoded: {error.err}") from error
    if picture is None:
        raise UnreadablePicture(f"{len(data)} bytes are not a picture")
    if picture.shape[0] * picture.shape[1] > MAX_PIXELS:
        raise UnreadablePicture(f"picture of {picture.shape[1]}x{picture.shape[0]} is too large")
    return np.asarray(picture, np.uint8)


def encode_jpeg(picture: NDArray[np.uint8], *, quality: int = 80) -> bytes:
    """Encodes BGR uint8 ``(h, w, 3)`` as JPEG."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise UnreadablePicture(f"picture of shape {picture.shape} cannot be encoded")
    return data.tobytes()


def letterbox(picture: NDArray[np.uint8], size_px: int) -> tuple[NDArray[np.float32], Letterbox]:
    """Fits a BGR picture into a square RGB float32 ``(3, size, size)`` of 0 to 1, padded grey."""
    height, width = picture.shape[:2]
    scale = size_px / max(height, width)
    new_w, new_h = max(1, round(width * scale)), max(1, round(height * scale))
    if (new_w, new_h) != (width, height):
        shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        picture = np.asarray(cv2.resize(picture, (new_w, new_h), interpolation=shrink), np.uint8)
    left, top = (size_px - new_w) // 2, (size_px - new_h) // 2
    square = np.full((size_px, size_px, 3), PAD_VALUE, np.uint8)
    square[top : top + new_h, left : left + new_w] = picture
    chw = square[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    fit = Letterbox(scale=scale, pad_x=left, pad_y=top, width_px=width, height_px=height)
    return np.ascontiguousarray(chw), fit
