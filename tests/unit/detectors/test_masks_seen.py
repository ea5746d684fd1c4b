"""The mask rules behind the bundled model: a camera pans over a drawn person, bare or masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.catalogue import bundled
from detectors.types import Look
from detectors.vision import CameraState, step_camera
from models.session import DetectorSession, bundled_card_path
from pipelines.frames.classes import sorted_out
from tests.unit.browse import drawn
from tests.unit.detectors.looks import CLEAR, a_look, a_scene, a_zone, tracked

SECONDS, SCALE = 20, 2
_LEFT, _TOP = 30, 70


@pytest.fixture(scope="module")
def session() -> DetectorSession:
    """The bundled network."""
    return DetectorSession.load(bundled_card_path())


def _masked() -> NDArray[np.uint8]:
    """The drawn face with a pale blue mask over nose, mouth and chin."""
    face, s = drawn.face(), drawn.SIZE
    outline = [
        (0.66, 1),
        (1, 0.94),
        (1.34, 1),
        (1.3, 1.38),
        (1.12, 1.53),
        (0.88, 1.53),
        (0.7, 1.38),
    ]
    cv2.fillPoly(face, [np.rint(np.array(outline) * s).astype(np.int32)], (225, 205, 160))
    for y in (1.17, 1.27, 1.37):
        at = round(y * s)
        cv2.line(face, (round(0.74 * s), at), (round(1.26 * s), at), (190, 175, 135), 1)
    return np.asarray(cv2.GaussianBlur(face, (0, 0), 0.6), np.uint8)


def _looks(session: DetectorSession, bare: Callable[[float], bool]) -> Iterator[Look]:
    """Two looks a second of the left half of the room, a camera that swings by some pixels."""
    for n in range(2 * SECONDS):
        second = n / 2
        face = drawn.face() if bare(second) else _masked()
        room = drawn.room()
        left, top = _LEFT + round(12 * np.sin(n / 5)), _TOP + round(6 * np.cos(n / 3))
        room[top : top + len(face), left : left + len(face)] = face
        grain = np.random.default_rng(n).normal(0, 3, room.shape)
        room = np.clip(room + grain, 0, 255).astype(np.uint8)
        picture = np.asarray(cv2.resize(room, None, fx=SCALE, fy=SCALE), np.uint8)
        persons, faces = sorted_out(session.detect([picture])[0], session.card.classes)
        yield replace(
            a_look(second),
            width_px=picture.shape[1],
            height_px=picture.shape[0],
            persons=persons,
            faces=faces,
            health=CLEAR,
        )


def _opened(looks: Iterator[Look]) -> list[str]:
    state: CameraState | None = None
    opened = []
    for look in tracked(looks):
        state, signals = step_camera(state, look, a_scene(a_zone("clinical")), bundled())
        opened += [s.rule_id for s in signals if s.phase == "opened"]
    return [rule for rule in opened if rule.startswith("clinical-mask")]


def test_a_bare_face_is_told_once(session: DetectorSession) -> None:
    """OFF-7: seen by the network, followed, judged over the track."""
    assert _opened(_looks(session, lambda _: True)) == ["clinical-mask-missing"]


def test_a_masked_face_is_not(session: DetectorSession) -> None:
    """The same person, moving the same way."""
    assert _opened(_looks(session, lambda _: False)) == []


def test_nor_is_one_bared_for_a_moment(session: DetectorSession) -> None:
    """Six seconds of twenty."""
    assert _opened(_looks(session, lambda second: 6 <= second < 12)) == []
