"""A worker killed at any look goes on as if never stopped."""

from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.tracking import Tracks, track
from detectors.types import Look
from models.types import Detections
from tests.unit.detectors.looks import CLEAR

_BOX = st.tuples(
    st.floats(0, 600, width=32),
    st.floats(0, 300, width=32),
    st.floats(4, 120, width=32),
    st.floats(8, 240, width=32),
    st.floats(0.0625, 1, width=32),
)
_BOXES = st.lists(_BOX, max_size=6)
_LOOKS = st.lists(st.tuples(st.integers(1, 12_000), _BOXES, _BOXES), min_size=1, max_size=12)
_Rows = list[tuple[float, float, float, float, float]]


def _found(rows: _Rows) -> Detections:
    table = np.array(rows, np.float32).reshape(len(rows), 5)
    boxes = np.hstack([table[:, :2], table[:, :2] + table[:, 2:4]])
    return Detections.of(boxes, table[:, 4], np.zeros(len(rows), np.int32))


@settings(max_examples=40, deadline=None)
@given(steps=_LOOKS)
def test_storing_the_state_between_any_two_looks_changes_nothing(
    steps: list[tuple[int, _Rows, _Rows]],
) -> None:
    """OFF-13: the same input gives the same tracks, however often the state was stored."""
    time_ms, went_on, resumed = 0, None, None
    for gap_ms, persons, faces in steps:
        time_ms += gap_ms
        look = Look(
            time_ms=time_ms,
            width_px=640,
            height_px=360,
            persons=_found(persons),
            faces=_found(faces),
            health=CLEAR,
        )
        went_on, expected = track(went_on, look)
        resumed, shown = track(resumed, look)
        resumed = msgspec.msgpack.decode(msgspec.msgpack.encode(resumed), type=Tracks)
        assert resumed == went_on
        for kind in ("persons", "faces"):
            a, b = getattr(expected, kind), getattr(shown, kind)
            assert a.track_id.tolist() == b.track_id.tolist()
            assert a.score.tolist() == b.score.tolist()
            assert len(set(a.track_id.tolist())) == len(a)
