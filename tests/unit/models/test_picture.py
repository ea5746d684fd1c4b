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
    jpeg_size,
    letterbox,
    open_jpeg,
    small_luma,
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


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_whole_jpeg_is_not_opened(data: bytes) -> None:
    with pytest.raises(UnreadablePicture):
        open_jpeg(data, least_px=64)


def test_half_a_large_jpeg_is_not_opened() -> None:
    """Reduced while it is decoded, it would be half grey."""
    data = encode_jpeg(noise(1200, 1600))
    with pytest.raises(UnreadablePicture):
        open_jpeg(data[: len(data) // 2], least_px=320)


def test_a_png_is_no_frame() -> None:
    with pytest.raises(UnreadablePicture, match="not a JPEG"):
        open_jpeg(cv2.imencode(".png", GREY)[1].tobytes(), least_px=64)


@given(st.binary(max_size=60))
def test_any_header_has_a_size_or_is_refused(tail: bytes) -> None:
    """Whatever follows the first marker: an answer of two positive figures, or a refusal."""
    try:
        width, height = jpeg_size(b"\xff\xd8" + tail)
    except UnreadablePicture:
        return
    assert min(width, height) > 0


@given(width=st.integers(1, 300), height=st.integers(1, 300))
def test_the_header_tells_the_size(width: int, height: int) -> None:
    assert jpeg_size(encode_jpeg(np.zeros((height, width, 3), np.uint8))) == (width, height)


def test_a_header_that_claims_too_much_is_refused_before_decoding() -> None:
    data = bytearray(encode_jpeg(GREY))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(UnreadablePicture, match="65535x65535 is too large"):
        open_jpeg(bytes(data), least_px=64)


@pytest.mark.parametrize(
    ("wide", "high", "least", "opened"),
    [
        (640, 480, 512, (480, 640)),  # half would be less than the network needs
        (1280, 720, 512, (360, 640)),
        (1920, 1080, 320, (270, 480)),
        (4000, 3000, 512, (750, 1000)),
        (8000, 400, 512, (50, 1000)),
    ],
)
def test_a_picture_is_opened_no_larger_than_needed(
    wide: int, high: int, least: int, opened: tuple[int, int]
) -> None:
    data = encode_jpeg(np.full((high, wide, 3), 90, np.uint8))
    picture, width, height = open_jpeg(data, least_px=least)
    assert (picture.shape[:2], width, height) == (opened, wide, high)


def test_reduced_or_whole_the_network_sees_the_same() -> None:
    """The bars of a large picture lie where they lay, to within a pixel of the network's input."""
    whole = np.full((1081, 1921, 3), 60, np.uint8)
    whole[200:800, 900:1000] = 220
    data = encode_jpeg(whole, quality=95)
    small, width, height = open_jpeg(data, least_px=320)
    assert small.shape[1] < 1000
    square, fit = letterbox(small, 320, width_px=width, height_px=height)
    expected, expected_fit = letterbox(decode_jpeg(data), 320)
    assert fit == expected_fit
    assert np.abs(square - expected).mean() < 0.01
    assert (np.abs(square - expected) > 0.2).mean() < 0.01


def test_the_shorter_side_is_padded_no_more_than_it_must() -> None:
    chw, fit = letterbox(np.full((270, 480, 3), 50, np.uint8), 320, stride_px=32)
    assert chw.shape == (3, 192, 320)
    assert (fit.pad_x, fit.pad_y) == (0, 6)
    assert np.allclose(chw[:, 6:186], 50 / 255)
    assert np.allclose(chw[:, :6], PAD_VALUE / 255)
    back = fit.undo(np.array([[0, 6, 320, 186]], np.float32))
    assert back.tolist() == [[0, 0, 480, 270]]


def test_luma_is_small_and_keeps_its_shape() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[:, 320:] = 255
    luma = small_luma(picture)
    assert (luma.shape, luma.dtype) == ((120, 160), np.dtype(np.uint8))
    assert (luma[:, 0].max(), luma[:, -1].min()) == (0, 255)
    assert small_luma(GREY).shape == (40, 60)
