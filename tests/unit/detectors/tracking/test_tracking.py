"""Who is who from look to look, over looks at any interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from detectors.tracking import Tracks, track
from detectors.types import FaceCover, Look
from models.types import Detections
from tests.unit.detectors.looks import CLEAR, HEIGHT_PX, WIDTH_PX

Box = tuple[float, float, float, float]


def _found(boxes: Sequence[Box], scores: Sequence[float], kind: int = 0) -> Detections:
    n = len(boxes)
    return Detections.of(
        np.array(boxes, np.float32).reshape(n, 4),
        np.array(scores, np.float32),
        np.full(n, kind, np.int32),
    )


def _look(
    second: float,
    *boxes: Box,
    faces: Sequence[Box] = (),
    scores: Sequence[float] | None = None,
) -> Look:
    return Look(
        time_ms=int(second * 1000),
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        persons=_found(boxes, [0.9] * len(boxes) if scores is None else scores),
        faces=_found(faces, [0.9] * len(faces), FaceCover.NO_MASK),
        health=CLEAR,
    )


def _play(looks: Sequence[Look]) -> tuple[Tracks, list[Look]]:
    state, seen = None, []
    for look in looks:
        state, shown = track(state, look)
        seen.append(shown)
    assert state is not None
    return state, seen


def _ids(look: Look) -> list[int]:
    return [int(i) for i in look.persons.track_id]


def _at(x: float, y: float = 100) -> Box:
    return (x, y, x + 40, y + 100)


@pytest.mark.parametrize("interval_s", [0.1, 0.5, 1.0])
def test_one_who_walks_keeps_their_id(interval_s: float) -> None:
    """60 px/s at 100 px of height is a walk: 1 m/s."""
    seconds = [step * interval_s for step in range(int(8 / interval_s))]
    _, seen = _play([_look(s, _at(60 * s)) for s in seconds])
    assert {tuple(_ids(look)) for look in seen} == {(1,)}


def test_one_who_stays_keeps_their_id_over_timed_looks() -> None:
    """Five seconds between looks, a box that wobbles."""
    _, seen = _play([_look(5.0 * n, _at(200 + (n % 3) * 8)) for n in range(12)])
    assert {tuple(_ids(look)) for look in seen} == {(1,)}


def test_two_who_pass_each_other_keep_their_ids() -> None:
    """One goes right, one left, on lanes half a body apart."""
    looks = [_look(n / 5, _at(40 * n / 5), _at(360 - 40 * n / 5, 150)) for n in range(45)]
    _, seen = _play(looks)
    assert {tuple(_ids(look)) for look in seen} == {(1, 2)}


def test_boxes_in_another_order_keep_their_ids() -> None:
    """A detector sorts by score, not by person."""
    _, seen = _play([_look(0, _at(0), _at(300)), _look(0.5, _at(302), _at(1))])
    assert [_ids(look) for look in seen] == [[1, 2], [2, 1]]


def test_one_hidden_for_seconds_is_still_the_same() -> None:
    """Behind a pillar for four seconds."""
    looks = [_look(n / 2, *([] if 6 <= n < 14 else [_at(200)])) for n in range(20)]
    _, seen = _play(looks)
    assert _ids(seen[0]) == _ids(seen[-1]) == [1]


def test_a_long_gap_ends_all_tracks_and_ids_count_on() -> None:
    """After more than ten seconds it may be anybody, and nobody gets an old id."""
    state, seen = _play([_look(0, _at(0)), _look(10, _at(0)), _look(20.1, _at(0))])
    assert [_ids(look) for look in seen] == [[1], [1], [2]]
    assert [one.track_id for one in state.persons] == [2]


def test_a_faint_box_does_not_take_a_track_from_a_sure_one() -> None:
    """ByteTrack's order: the faint one lies nearer, and is a shadow."""
    shadow, person = _at(200), _at(206)
    _, seen = _play([_look(0, _at(200)), _look(0.5, shadow, person, scores=(0.3, 0.9))])
    assert _ids(seen[1]) == [2, 1]


def test_a_score_is_the_median_over_the_track() -> None:
    """One strong look among faint ones proves nobody, one faint among strong ones loses nobody."""
    scores = (0.3, 0.3, 0.95, 0.3, 0.3)
    _, seen = _play([_look(n / 2, _at(200), scores=(s,)) for n, s in enumerate(scores)])
    assert seen[-1].persons.score[0] == pytest.approx(0.3)
    _, seen = _play([_look(n / 2, _at(200), scores=(1 - s,)) for n, s in enumerate(scores)])
    assert seen[-1].persons.score[0] == pytest.approx(0.7)


def test_a_look_not_newer_changes_nothing() -> None:
    """Delivered twice."""
    state, _ = _play([_look(0, _at(0)), _look(1, _at(0))])
    again, shown = track(state, _look(1, _at(300)))
    assert again is state
    assert _ids(shown) == [-1]


def test_a_face_has_the_id_of_the_person_who_carries_it() -> None:
    """On the upper half of one of two people; one elsewhere has an id of its own."""
    face, poster = (210.0, 102.0, 230.0, 126.0), (400.0, 20.0, 420.0, 44.0)
    _, seen = _play([_look(0, _at(0), _at(200), faces=(poster, face))])
    first, second = (int(i) for i in seen[0].faces.track_id)
    assert second == _ids(seen[0])[1]
    assert first not in _ids(seen[0])


def test_a_face_keeps_its_person_while_the_body_is_not_found() -> None:
    """A counter hides the body for two looks."""
    face = (210.0, 102.0, 230.0, 126.0)
    looks = [_look(n / 2, *([] if n in {3, 4} else [_at(200)]), faces=(face,)) for n in range(8)]
    _, seen = _play(looks)
    assert {int(look.faces.track_id[0]) for look in seen} == {1}


def test_two_faces_never_share_a_person() -> None:
    """The nearer to the head has the body; the other does not."""
    faces = ((210.0, 102.0, 230.0, 126.0), (232.0, 120.0, 239.0, 130.0))
    _, seen = _play([_look(0, _at(200), faces=faces)])
    ids = [int(i) for i in seen[0].faces.track_id]
    assert ids[0] == 1
    assert ids[1] != 1
