"""Looks and signals into seconds: held while nothing moves, unknown while a stream is lost."""

from __future__ import annotations

import numpy as np

from detectors.catalogue import bundled
from detectors.types import Look, Phase, PictureHealth, Signal
from models.types import Detections
from pipelines.gateways.capture.types import FrameMessage
from pipelines.watch.seconds import Ledger, Second

START_MS = 1_764_000_000_000


def ledger() -> Ledger:
    return Ledger(bundled(), START_MS)


def add(into: Ledger, at_s: float, people: int, *signals: Signal) -> None:
    """A picture with so many persons."""
    time_ms = START_MS + round(at_s * 1000)
    persons = Detections(
        boxes_xyxy=np.zeros((people, 4), np.float32), score=np.ones(people, np.float32),
        class_id=np.zeros(people, np.int32), track_id=np.arange(1, people + 1),
    )  # fmt: skip
    look = Look(
        time_ms=time_ms, width_px=64, height_px=48, persons=persons,
        health=PictureHealth(brightness=100.0, contrast=40.0, sharpness=90.0),
    )  # fmt: skip
    frame = FrameMessage(
        camera_id="c", time_ms=time_ms, seq=0, reason="motion", jpeg=b"", sha256="",
        changed_share=0.01, width_px=64, height_px=48,
    )  # fmt: skip
    into.add(frame, look, list(signals))


def signal(rule: str, phase: Phase, at_s: float) -> Signal:
    at_ms = START_MS + round(at_s * 1000)
    return Signal(
        phase=phase, rule_id=rule, rule_version="1", severity="low", party_id="", site_id="",
        place="", subject="c", start_ms=START_MS, at_ms=at_ms,
    )  # fmt: skip


def people(seconds: list[Second]) -> list[int]:
    return [second.people for second in seconds]


def test_people_are_held_while_nothing_is_sent() -> None:
    """The most of a second counts; no picture means that nothing moved."""
    into = ledger()
    add(into, 0.2, 1)
    add(into, 0.7, 3)
    add(into, 2.5, 0)
    told = into.until(START_MS + 4000)
    assert people(told) == [3, 3, 0, 0]
    assert [second.sent for second in told] == [2, 0, 1, 0]
    assert told[1].tracks == (1, 2, 3)
    assert into.with_a_person == 2


def test_nobody_is_held_while_the_stream_is_lost() -> None:
    """Until a picture comes again."""
    into = ledger()
    add(into, 0.5, 2)
    into.lost(START_MS + 1200)
    add(into, 4.5, 1)
    told = into.until(START_MS + 6000)
    assert people(told) == [2, 2, 0, 0, 1, 1]
    assert told[2].brightness is None
    assert told[4].brightness == 100.0


def test_a_rule_about_the_camera_is_a_problem_while_it_is_open() -> None:
    """Others are not."""
    into = ledger()
    opens = signal("camera-covered", Phase.OPENED, 1), signal("area-crowded", Phase.OPENED, 1)
    add(into, 1.0, 0, *opens)
    add(into, 3.0, 0, signal("camera-covered", Phase.CLOSED, 3))
    told = into.until(START_MS + 5000)
    covered = [second.problems for second in told]
    assert covered == [(), ("camera-covered",), ("camera-covered",), (), ()]
    assert [len(second.signals) for second in told] == [0, 2, 0, 1, 0]
    assert into.opened == {"camera-covered": 1, "area-crowded": 1}


def test_a_late_picture_joins_the_oldest_second_not_told() -> None:
    """What was told is told; the part of a second at the end is told as well."""
    into = ledger()
    assert people(into.until(START_MS + 2000)) == [0, 0]
    add(into, 0.5, 4)
    into.note(START_MS + 2500, "odd")
    rest = into.rest(START_MS + 3100)
    assert [(second.t, second.people, second.problems) for second in rest] == [
        (2, 4, ("odd",)), (3, 4, ()),
    ]  # fmt: skip
    assert into.rest(START_MS + 3100) == []
