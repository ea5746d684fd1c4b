"""Pixels: what decodes and what does not; fitting a picture into a square and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.picture import (
    PAD_VALUE,
    UnreadablePicture,
    decode_jpeg,
    encode_jpeg,
    letterbox,
)


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


GREY = np.full((40, 60, 3), 120, np.uint8)
JPEG = encode_jpeg(noise(90, 120))

UNREADABLE = {
    "nothing": b"",
    "text": b"this is not a picture",
    "noise": bytes(range(256)),
    "the first half": JPEG[: len(JPEG) // 2],
    "the header only": JPEG[:20],
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_whole_picture_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadablePicture):
        decode_jpeg(data)


def test_jpeg_and_png_decode_to_bgr() -> None:
    blue = np.zeros((20, 30, 3), np.uint8)
    blue[:, :, 0] = 255
    png = cv2.imencode(".png", blue)[1].tobytes()
    assert np.array_equal(decode_jpeg(png), blue)
    back = decode_jpeg(encode_jpeg(blue, quality=95))
    assert back.shape == (20, 30, 3)
    assert back[:, :, 0].mean() > 240
    assert back[:, :, 2].mean() < 20


def test_a_grey_picture_becomes_three_channels() -> None:
    grey = cv2.imencode(".jpg", np.full((16, 16), 90, np.uint8))[1].tobytes()
    assert decode_jpeg(grey).shape == (16, 16, 3)


def test_quality_costs_bytes() -> None:
    assert len(encode_jpeg(noise(60, 60), quality=20)) < len(encode_jpeg(noise(60, 60)))


def test_the_square_is_rgb_between_0_and_1_with_grey_around() -> None:
    picture = np.zeros((50, 100, 3), np.uint8)
    picture[:, :, 2] = 255  # red, in BGR
    square, fit = letterbox(picture, 64)
    assert square.shape == (3, 64, 64)
    assert square.dtype == np.dtype(np.float32)
    assert square.flags["C_CONTIGUOUS"]
    assert np.allclose(square[:, 32, 32], [1, 0, 0])
    assert np.allclose(square[:, 2, 32], PAD_VALUE / 255)
    assert (fit.scale, fit.pad_x, fit.pad_y) == (0.64, 0, 16)


SIZES = st.integers(1, 400)


@given(width=SIZES, height=SIZES, size=st.sampled_from([32, 64, 320]), data=st.data())
def test_boxes_come_back_to_where_they_were(
    width: int, height: int, size: int, data: st.DataObject
) -> None:
    square, fit = letterbox(np.zeros((height, width, 3), np.uint8), size)
    assert square.shape == (3, size, size)
    x = sorted(data.draw(st.tuples(st.floats(0, width), st.floats(0, width))))
    y = sorted(data.draw(st.tuples(st.floats(0, height), st.floats(0, height))))
    box = np.array([[x[0], y[0], x[1], y[1]]], np.float32)
    inside = box * fit.scale + np.array([fit.pad_x, fit.pad_y] * 2, np.float32)
    assert np.allclose(fit.undo(inside.astype(np.float32)), box, atol=0.02 * max(width, height))


def test_boxes_beyond_the_picture_are_clipped() -> None:
    _, fit = letterbox(GREY, 64)
    back = fit.undo(np.array([[-50, -50, 500, 500]], np.float32))
    assert back.tolist() == [[0, 0, 60, 40]]
