"""Nothing under a mask leaves the node or triggers anything (`AV-9`, `AV-10`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.gateways.capture.masks import Masks
from tests.unit.capture.conftest import MakeVideo
from tests.unit.capture.looking import POOL, at_s, look

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
DOOR = ((0.6, 0.2), (0.8, 0.25), (0.75, 0.9), (0.55, 0.8))


@pytest.fixture(scope="module")
def walk_behind(make_video: MakeVideo) -> Path:
    """Sixteen seconds; from 6 s on a white square comes and goes within the left half."""

    def walk(picture: NDArray[np.uint8], number: int) -> None:
        if number >= 60:
            left = 20 + abs((number - 60) * 4 % 160 - 80)
            picture[100:140, left : left + 40] = 250

    return make_video(walk, 16)


def decoded(data: bytes) -> NDArray[np.uint8]:
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(found, np.uint8)


def test_who_walks_behind_a_mask_triggers_nothing(walk_behind: Path) -> None:
    seen, _ = look(walk_behind)
    assert len(at_s(seen, "motion")) > 5
    masked, tally = look(walk_behind, camera=replace(POOL, masks=(LEFT,)))
    assert at_s(masked, "motion") == []
    assert at_s(masked, "timed") == [0, 5, 10, 15, 15.9]
    assert tally.frames_alike == 0


@pytest.mark.parametrize("width_px", [320, 200, 64])
@pytest.mark.parametrize("polygon", [LEFT, DOOR])
def test_no_masked_pixel_is_in_a_jpeg(
    walk_behind: Path, polygon: tuple[tuple[float, float], ...], width_px: int
) -> None:
    camera = replace(POOL, masks=(polygon,), frame_width_px=width_px)
    sent, _ = look(walk_behind, camera=camera)
    assert len(sent) >= 4
    for message in sent:
        picture = decoded(message.jpeg)
        height, width = picture.shape[:2]
        inside = np.zeros((height, width), np.uint8)
        corners = np.round(np.array(polygon) * (width, height)).astype(np.int32)
        cv2.fillPoly(inside, [corners], 1)
        # JPEG smears the edge over its blocks of 16 px, by what is beside the mask, not under it.
        assert picture[cv2.erode(inside, np.ones((5, 5), np.uint8)) > 0].max() < 60
        core = cv2.erode(inside, np.ones((33, 33), np.uint8)) > 0
        assert not core.any() or picture[core].max() <= 2
        assert picture[~inside.astype(bool)].max() > 150


def test_what_is_under_a_mask_changes_no_byte() -> None:
    masks = Masks((DOOR,))
    rng = np.random.default_rng(3)
    scene = rng.integers(0, 255, (120, 160, 3), np.uint8)
    other = scene.copy()
    under = masks.cover(160, 120)
    other[under] = rng.integers(0, 255, (int(under.sum()), 3), np.uint8)
    assert np.array_equal(masks.paint(scene), masks.paint(other))
    assert not masks.paint(scene)[under].any()
    assert np.array_equal(masks.paint(scene)[~under], scene[~under])
    assert np.array_equal(masks.paint(scene[..., 0]), masks.paint(scene)[..., 0])


def test_a_mask_covers_what_the_scaler_mixes_into_its_neighbours() -> None:
    bright = np.zeros((576, 768), np.uint8)
    left, right = round(0.3 * 768), round(0.7 * 768)
    bright[:, left:right] = 255
    polygon = ((0.3, 0.0), (0.7, 0.0), (0.7, 1.0), (0.3, 1.0))
    for width in (640, 500, 320, 160, 33):
        size = (width, round(width * 0.75))
        small = np.asarray(cv2.resize(bright, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        assert Masks((polygon,)).paint(small).max() == 0


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7680, 4320)])
@pytest.mark.parametrize("polygon", [LEFT, ((-1.0, -1.0), (9.0, -1.0), (0.5, 9.0))])
def test_any_size_is_painted(
    size: tuple[int, int], polygon: tuple[tuple[float, float], ...]
) -> None:
    picture = np.full((size[1], size[0]), 200, np.uint8)
    painted = Masks((polygon,)).paint(picture)
    assert painted.shape == picture.shape
    assert painted[0, 0] == 0
    assert picture[0, 0] == 200  # the given one stays as it is


def test_without_masks_nothing_is_copied() -> None:
    picture = np.zeros((4, 4), np.uint8)
    assert Masks(()).paint(picture) is picture
