"""Owns pixels: JPEG bytes to arrays, arrays to a network's input. Must not know any network."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

PAD_VALUE = 114  # the grey the YOLO family is trained with
MAX_PIXELS = 8192 * 8192
LUMA_PX = 160
_REDUCED = (
    (8, cv2.IMREAD_REDUCED_COLOR_8),
    (4, cv2.IMREAD_REDUCED_COLOR_4),
    (2, cv2.IMREAD_REDUCED_COLOR_2),
)
_SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the JPEG markers that tell a size


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


def open_jpeg(data: bytes, *, least_px: int) -> tuple[NDArray[np.uint8], int, int]:
    """Decodes a JPEG to BGR uint8, no larger than a network needs, whatever a camera sends.

    Args:
        least_px: the longer side stays at least this long; a larger picture is halved, quartered or
            cut to an eighth while it is decoded, so that 8K costs little more than HD.

    Returns:
        The pixels, and width and height that the whole picture has.

    Raises:
        UnreadablePicture: no JPEG, truncated beyond use, or absurdly large.
    """
    width, height = jpeg_size(data)
    if width * height > MAX_PIXELS:
        raise UnreadablePicture(f"picture of {width}x{height} is too large")
    longest = max(width, height)
    how = next((flag for by, flag in _REDUCED if longest // by >= least_px), cv2.IMREAD_COLOR)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), how | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise UnreadablePicture(f"picture cannot be decoded: {error.err}") from error
    if picture is None:
        raise UnreadablePicture(f"{len(data)} bytes are not a picture")
    return np.asarray(picture, np.uint8), width, height


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height as a JPEG's header says, without decoding it (ITU-T T.81, annex B).

    Raises:
        UnreadablePicture: no JPEG, or one that tells no size.
    """
    if data[:2] != b"\xff\xd8":
        raise UnreadablePicture(f"{len(data)} bytes are not a JPEG" if data else "empty picture")
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004  every marker begins so
        if data[at + 1] in _SIZED:
            height = int.from_bytes(data[at + 5 : at + 7])
            width = int.from_bytes(data[at + 7 : at + 9])
            if width and height:
                return width, height
            break
        if data[at + 1] == 0xFF:  # noqa: PLR2004  padding
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    raise UnreadablePicture(f"{len(data)} bytes of a JPEG that tells no size")


def small_luma(picture: NDArray[np.uint8], *, longest_px: int = LUMA_PX) -> NDArray[np.uint8]:
    """A BGR picture's brightness, uint8 ``(h, w)``, its longer side at most ``longest_px``."""
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    height, width = luma.shape
    scale = longest_px / max(height, width)
    if scale >= 1:
        return luma
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def encode_jpeg(picture: NDArray[np.uint8], *, quality: int = 80) -> bytes:
    """Encodes BGR uint8 ``(h, w, 3)`` as JPEG."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise UnreadablePicture(f"picture of shape {picture.shape} cannot be encoded")
    return data.tobytes()


def letterbox(
    picture: NDArray[np.uint8],
    size_px: int,
    *,
    stride_px: int | None = None,
    width_px: int | None = None,
    height_px: int | None = None,
) -> tuple[NDArray[np.float32], Letterbox]:
    """Fits a BGR picture into RGB float32 ``(3, height, width)`` of 0 to 1, padded grey.

    Args:
        size_px: the longer side, and the shorter one too unless ``stride_px`` is given.
        stride_px: pads the shorter side only to a multiple of this: a wide picture costs a network
            of free size no more than what it shows.
        width_px, height_px: of the whole picture, where ``picture`` was decoded at reduced scale.
    """
    full_w, full_h = width_px or picture.shape[1], height_px or picture.shape[0]
    scale = size_px / max(full_h, full_w)
    new_w, new_h = max(1, round(full_w * scale)), max(1, round(full_h * scale))
    if (new_h, new_w) != picture.shape[:2]:
        shrink = cv2.INTER_AREA if new_w < picture.shape[1] else cv2.INTER_LINEAR
        picture = np.asarray(cv2.resize(picture, (new_w, new_h), interpolation=shrink), np.uint8)
    wide, high = _sides(new_w, new_h, size_px, stride_px)
    left, top = (wide - new_w) // 2, (high - new_h) // 2
    chw = np.full((3, high, wide), np.float32(PAD_VALUE) / np.float32(255), np.float32)
    for plane, into in zip(reversed(cv2.split(picture)), chw, strict=True):  # BGR to RGB
        inside = into[top : top + new_h, left : left + new_w]
        np.divide(plane, np.float32(255), out=inside, dtype=np.float32)
    fit = Letterbox(scale=scale, pad_x=left, pad_y=top, width_px=full_w, height_px=full_h)
    return chw, fit


def _sides(new_w: int, new_h: int, size_px: int, stride_px: int | None) -> tuple[int, int]:
    if stride_px is None:
        return size_px, size_px
    return -(-new_w // stride_px) * stride_px, -(-new_h // stride_px) * stride_px
