"""What cases cannot say: order of looks, blindness, zones that change, polygons."""

from __future__ import annotations

import numpy as np

from detectors.catalogue import bundled
from detectors.types import Look, Scene, Signal
from detectors.vision import CameraState, step_camera
from detectors.watching.zones import inside
from tests.unit.detectors.looks import DARK, IN_ZONE, a_look, a_scene, a_zone

CLOSED = a_scene(a_zone("closed"))


def _play(
    looks: list[Look], scene: Scene, state: CameraState | None = None
) -> tuple[CameraState, list[Signal]]:
    signals: list[Signal] = []
    for look in looks:
        state, found = step_camera(state, look, scene, bundled())
        signals += found
    assert state is not None
    return state, signals


def test_a_look_not_newer_is_ignored_and_counted() -> None:
    """Delivered twice or out of order: the answer stays as it was."""
    looks = [a_look(s, IN_ZONE) for s in range(6)]
    once, expected = _play(looks, CLOSED)
    twice, found = _play([looks[0], looks[0], *looks[1:4], looks[2], *looks[4:]], CLOSED)
    assert found == expected
    assert twice.rules == once.rules
    assert (once.ignored, twice.ignored) == (0, 2)


def test_a_blind_camera_neither_opens_nor_closes_other_spells() -> None:
    """While covered, whether the person is still there is unknown."""
    state, opened = _play([a_look(s, IN_ZONE) for s in range(6)], CLOSED)
    state, found = _play([a_look(s, health=DARK) for s in range(6, 100)], CLOSED, state)
    assert [s.rule_id for s in opened] == ["person-in-closed-area"]
    assert [s.rule_id for s in found] == ["camera-covered"]
    assert state.unseeing == 94
    _, after = _play([a_look(s) for s in range(100, 140)], CLOSED, state)
    assert [(s.rule_id, s.phase.value) for s in after] == [
        ("camera-covered", "closed"),
        ("person-in-closed-area", "closed"),
    ]
    assert after[1].spell_id == opened[0].spell_id


def test_a_zone_taken_away_ends_its_spell() -> None:
    """A spell must not stay open for ever in a zone that is no longer judged."""
    state, _ = _play([a_look(s, IN_ZONE) for s in range(6)], CLOSED)
    _, found = _play([a_look(7, IN_ZONE)], a_scene(), state)
    assert [(s.phase.value, s.inputs.get("zone_not_active")) for s in found] == [("closed", 1.0)]


def test_two_zones_of_one_camera_have_spells_of_their_own() -> None:
    """Same rule, same start, two zones: two ids."""
    scene = a_scene(a_zone("closed"), a_zone("closed", zone_id="zone-2"))
    _, found = _play([a_look(s, IN_ZONE) for s in range(6)], scene)
    assert {s.zone_id for s in found} == {"zone-1", "zone-2"}
    assert len({s.spell_id for s in found}) == 2


def test_points_in_a_concave_polygon() -> None:
    """The notch of a U is outside."""
    shape = np.array([(0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.4), (0.3, 0.4), (0.3, 1), (0, 1)])
    points = np.array([(0.15, 0.9), (0.5, 0.9), (0.85, 0.9), (0.5, 0.2), (1.2, 0.5)])
    assert inside(shape, points).tolist() == [True, False, True, True, False]
    assert inside(shape, np.zeros((0, 2))).tolist() == []
    assert inside(shape[:2], points).tolist() == [False] * 5
