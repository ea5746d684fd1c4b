"""The rules over people, and over what they leave, on real footage with the bundled model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.catalogue import Catalogue, bundled
from detectors.types import Look, Signal, Zone
from detectors.vision import CameraState, decode_camera, encode_camera, step_camera
from tests.unit.detectors.footage import EVERY_S, SECONDS, street, with_a_bag
from tests.unit.detectors.looks import a_scene
from tests.unit.detectors.streams import DAY_MS

BAG, BAG_S = (100, 90, 108, 100), 5


Corners = tuple[float, float, float, float]


def _zone(kind: str, box: Corners, limit: int = 0) -> Zone:
    left, top, right, bottom = box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Zone(zone_id="zone-1", kind=kind, polygon=corners, limit=limit)


def _opened(
    looks: Iterable[Look], zone: Zone, rule: str, lasts_s: float | None = None, **figures: float
) -> list[Signal]:
    """What one entry opens, its times shortened to what half a minute can show."""
    entry = next(e for e in bundled().entries if e.rule == rule)
    entry = msgspec.structs.replace(
        entry,
        parameters=entry.parameters | figures,
        lasts_s=entry.lasts_s if lasts_s is None else lasts_s,
    )
    state: CameraState | None = None
    signals = []
    for look in looks:
        state, found = step_camera(state, look, a_scene(zone), Catalogue((entry,)))
        state = decode_camera(encode_camera(state))
        signals += found
    return [signal for signal in signals if signal.phase == "opened"]


def test_tracks_of_real_people_last() -> None:
    """A track lives for seconds, and nobody is lost at each look: few ids for many boxes."""
    ids = np.concatenate([look.persons.track_id for look in street()])
    assert len(street()) == SECONDS / EVERY_S
    assert len(ids) > 80
    assert len(set(ids.tolist())) < len(ids) / 4


@pytest.mark.parametrize(
    ("zone", "opens"),
    [((0.5, 0.25, 1.0, 1.0), True), ((0.0, 0.0, 1.0, 0.12), False)],
    ids=["where people walk", "where nobody does"],
)
def test_a_closed_area(zone: Corners, opens: bool) -> None:
    """OFF-7: one spell where people walk, none where nobody does."""
    assert len(_opened(street(), _zone("closed", zone), "closed_area")) == opens


@pytest.mark.parametrize(
    ("zone", "opens"),
    [((0.0, 0.0, 0.4, 0.12), True), ((0.0, 0.0, 1.0, 1.0), False)],
    ids=["nobody comes", "somebody always is"],
)
def test_a_post(zone: Corners, opens: bool) -> None:
    """OFF-7: a corner that nobody enters is unattended; the whole street is not, for a moment."""
    found = _opened(street(), _zone("post", zone), "unattended_post", lasts_s=15)
    assert len(found) == opens


@pytest.mark.parametrize(("limit", "opens"), [(1, True), (12, False)])
def test_a_crowd(limit: int, opens: bool) -> None:
    """OFF-7: against a licensed number below and above what the street holds."""
    found = _opened(street(), _zone("crowd", (0, 0, 1, 1), limit), "crowding", lasts_s=5)
    assert len(found) == opens


def test_passers_by_do_not_linger() -> None:
    """Where people only walk through, nobody is told of; two stand and talk elsewhere."""
    assert not _opened(street(), _zone("waste", (0.3, 0.5, 0.5, 0.7)), "loitering", stay_s=12)
    assert _opened(street(), _zone("waste", (0.4, 0.4, 0.6, 0.6)), "loitering", stay_s=12)


def test_a_bag_left_in_the_street() -> None:
    """OFF-7: pasted into real luma among people who pass; told, and where it stands."""
    looks = [
        with_a_bag(look, BAG) if look.time_ms - DAY_MS >= BAG_S * 1000 else look
        for look in street()
    ]
    found = _opened(looks, _zone("bins", (0.4, 0.5, 0.9, 0.95)), "abandoned_object", still_s=15)
    assert len(found) == 1
    assert (found[0].start_ms - DAY_MS) / 1000 == pytest.approx(BAG_S, abs=2)
    left, top, right, bottom = (found[0].inputs[k] for k in ("left", "top", "right", "bottom"))
    assert left * 160 == pytest.approx(BAG[0], abs=2)
    assert right * 160 == pytest.approx(BAG[2], abs=2)
    assert top * 120 == pytest.approx(BAG[1], abs=2)
    assert bottom * 120 == pytest.approx(BAG[3], abs=2)


@pytest.mark.parametrize("light", [1.0, 0.5, 1.4], ids=["as it is", "darker", "brighter"])
def test_a_street_without_a_bag(light: float) -> None:
    """People, their shadows, and light that changes within the half minute leave nothing."""
    looks = [
        replace(look, luma=_lit(look, 1 + (light - 1) * n / (SECONDS / EVERY_S)))
        for n, look in enumerate(street())
    ]
    assert not _opened(looks, _zone("bins", (0, 0, 1, 1)), "abandoned_object", still_s=15)


def _lit(look: Look, gain: float) -> NDArray[np.uint8]:
    assert look.luma is not None
    return np.asarray(np.clip(look.luma * gain, 0, 255), np.uint8)
