"""Which parts are hidden: enlarged, held, joined; and what painting leaves of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.browse.paint import mosaic
from pipelines.browse.regions import Hidden, faces, heads


def boxes(*rows: tuple[float, float, float, float]) -> NDArray[np.float32]:
    return np.array(rows, np.float32).reshape(-1, 4)


def covered(found: NDArray[np.float32], x: float, y: float) -> bool:
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in found)


def test_a_face_is_hidden_with_hair_and_chin() -> None:
    (grown,) = faces(boxes((100, 100, 120, 140)))
    assert grown.tolist() == [95, 90, 125, 150]


def test_heads_of_the_standing_and_of_the_cut_off() -> None:
    """A fifth of who stands, more of who is seen to the belt only, none of who is tiny."""
    standing, half, tiny = (100, 100, 140, 200), (0, 50, 100, 150), (10, 10, 18, 40)
    found = heads(boxes(standing, half, tiny))
    assert found.tolist() == [[100, 95, 140, 120], [0, 45, 100, 100]]


def test_a_face_between_two_finds_is_hidden() -> None:
    """It crosses its own width from find to find: the way between is hidden as well."""
    there = [boxes((0, 0, 20, 20)), boxes((25, 0, 45, 20)), boxes((50, 0, 70, 20))]
    hidden = Hidden([0.0, 0.25, 0.5], there)
    for time_s in np.linspace(0, 0.5, 21):
        x = 10 + 100 * float(time_s)
        assert covered(hidden.at(float(time_s)), x, 10), time_s


def test_a_face_missed_once_stays_hidden() -> None:
    """One find without it changes nothing; long after it is gone it is not hidden any more."""
    here, gone = boxes((0, 0, 20, 20)), boxes()
    hidden = Hidden([0, 1, 2, 3, 4, 5, 6], [here, gone, here, gone, gone, gone, gone])
    assert all(covered(hidden.at(t / 4), 10, 10) for t in range(9))
    assert not covered(hidden.at(5.5), 10, 10)
    assert len(Hidden([], []).at(1.0)) == 0


@given(
    left=st.floats(-50, 150), top=st.floats(-50, 150), wide=st.floats(0, 200),
    tall=st.floats(0, 200),
)  # fmt: skip
def test_painting_stays_in_the_box_and_leaves_few_colours(
    left: float, top: float, wide: float, tall: float
) -> None:
    """Boxes may lie half or wholly outside; inside not more than a few plain squares are left."""
    noise = np.random.default_rng(1).integers(0, 256, (100, 120, 3), dtype=np.uint8)
    picture = noise.copy()
    box = boxes((left, top, left + wide, top + tall))
    mosaic(picture, box)
    x0, y0 = (max(0, int(np.floor(v))) for v in (left, top))
    x1, y1 = int(np.ceil(box[0, 2])), int(np.ceil(box[0, 3]))
    outside = np.ones(picture.shape[:2], bool)
    outside[y0 : max(y1, 0), x0 : max(x1, 0)] = False
    assert (picture[outside] == noise[outside]).all()
    part = picture[y0 : max(y1, 0), x0 : max(x1, 0)]
    if part.size:
        longer, shorter = max(part.shape[:2]), min(part.shape[:2])
        most = 4 * (4 * longer / max(shorter, 8) + 4)
        assert len(np.unique(part.reshape(-1, 3), axis=0)) <= most
