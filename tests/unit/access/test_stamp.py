"""What is burnt into a picture: there in every part of it, on any ground, and hiding little."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.picture import decode_jpeg, encode_jpeg
from pipelines.access.stamp import Stamp, stamped_jpeg

NOW_MS = 1_780_281_600_000


def stamp(officer_id: str = "3301", *, began_ms: int = NOW_MS) -> Stamp:
    """Marks of somebody's look."""
    return Stamp(
        officer_id=officer_id, original="ab" * 32, form="copy", view_id="cd" * 16,
        began_ms=began_ms,
    )  # fmt: skip


def painted(
    level: int, size: tuple[int, int] = (720, 1280), *, began_ms: int = NOW_MS
) -> NDArray[np.uint8]:
    """A plain picture with marks."""
    luma = np.full(size, level, np.uint8)
    stamp(began_ms=began_ms).paint(0.0, luma)
    return luma


@pytest.mark.parametrize("level", [0, 16, 128, 235, 255])
@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (180, 320), (1079, 607)])
def test_seen_on_any_ground_in_any_part(level: int, size: tuple[int, int]) -> None:
    """AV-26: no quarter of the picture is without a mark, and most of each is as it was."""
    height, width = size
    changed = np.abs(painted(level, size).astype(int) - level) > 8
    assert changed.mean() < 0.25
    for top in (0, height // 2):
        for left in (0, width // 2):
            part = changed[top : top + height // 2, left : left + width // 2]
            assert part.mean() > 0.002


def test_the_clock_runs_and_the_viewer_shows() -> None:
    """AV-26: another second, another officer: other marks; the same: the same."""
    assert (painted(128) == painted(128)).all()
    assert (painted(128) != painted(128, began_ms=NOW_MS + 1000)).any()
    one, two = np.full((2, 720, 1280), 128, np.uint8)
    stamp("3301").paint(0.0, one)
    stamp("3302").paint(0.0, two)
    assert (one != two).any()
    moving = stamp()
    before, after = np.full((2, 720, 1280), 128, np.uint8)
    moving.paint(0.9, before)
    moving.paint(1.1, after)
    assert (before[-60:] != after[-60:]).any()


def test_letters_that_the_font_lacks_are_escaped() -> None:
    """An officer's number may be of any letters; it is never drawn as question marks."""
    one, two = np.full((2, 720, 1280), 128, np.uint8)
    stamp("王").paint(0.0, one)
    stamp("李").paint(0.0, two)
    assert (one != two).any()


def test_a_picture_says_whose_derivative_it_is() -> None:
    """AV-26: the marks are in the pixels and in the file's own words; the size is the same."""
    plain = encode_jpeg(np.full((240, 320, 3), 128, np.uint8), quality=90)
    made = stamped_jpeg(plain, stamp())
    assert b"derivative of sha256 " + b"ab" * 32 in made
    shown = decode_jpeg(made)
    assert shown.shape == (240, 320, 3)
    assert np.abs(shown.astype(int) - 128).max() > 15
