"""Looks at real footage: half a minute of vtest.avi through the bundled model, two a second."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import av
import numpy as np

from detectors.types import Look
from infra.footage import CACHE, demo_video
from models.picture import small_luma
from models.session import DetectorSession, bundled_card_path
from pipelines.frames.classes import sorted_out
from tests.unit.detectors.looks import CLEAR, tracked
from tests.unit.detectors.streams import DAY_MS

SECONDS, EVERY_S = 30, 0.5


@lru_cache(maxsize=1)
def street() -> tuple[Look, ...]:
    """People walking by, never still; tracked."""
    session = DetectorSession.load(bundled_card_path())
    looks = []
    due_s = 0.0
    with av.open(str(demo_video(CACHE, print))) as container:
        for frame in container.decode(video=0):
            if frame.time is None or frame.time < due_s:
                continue
            if frame.time >= SECONDS:
                break
            due_s += EVERY_S
            picture = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            persons, faces = sorted_out(session.detect([picture])[0], session.card.classes)
            looks.append(
                Look(
                    time_ms=DAY_MS + int(frame.time * 1000),
                    width_px=picture.shape[1],
                    height_px=picture.shape[0],
                    persons=persons,
                    faces=faces,
                    health=CLEAR,
                    luma=small_luma(picture),
                )
            )
    return tuple(tracked(looks))


def with_a_bag(look: Look, box: tuple[int, int, int, int]) -> Look:
    """The look with a dark, crumpled thing in its luma; people before it stay before it."""
    assert look.luma is not None
    left, top, right, bottom = box
    luma = look.luma.copy()
    luma[top:bottom, left:right] = np.random.default_rng(5).integers(
        20, 70, (bottom - top, right - left)
    )
    scale = luma.shape[1] / look.width_px
    for x1, y1, x2, y2 in (look.persons.boxes_xyxy * scale).astype(int).tolist():
        luma[y1 : y2 + 1, x1 : x2 + 1] = look.luma[y1 : y2 + 1, x1 : x2 + 1]
    return replace(look, luma=luma)
