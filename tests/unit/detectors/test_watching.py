"""Cameras that cannot see: the cases, and what cases cannot say (OFF-11, OFF-13, AV-10)."""

from __future__ import annotations

import re

import msgspec
import pytest

from detectors.catalogue import Catalogue, bundled
from detectors.explain import explain
from detectors.types import Look, Phase, Signal
from detectors.vision import (
    CameraState,
    decode_camera,
    encode_camera,
    on_event,
    pass_time,
    step_camera,
)
from tests.unit.detectors.cases.watching import CASES, Passed, Told, WatchCase
from tests.unit.detectors.looks import a_scene, a_zone
from tests.unit.detectors.pictures import ROOM, jpeg
from tests.unit.detectors.streams import DAY_MS, HOUR_MS

_FIGURES = re.compile(r"\d[\d.:-]*\d|\d")


def play(case: WatchCase, catalogue: Catalogue) -> list[Signal]:
    """All signals of a case; the state is stored as bytes between its steps."""
    state: CameraState | None = None
    signals: list[Signal] = []
    for step in case.steps:
        if isinstance(step, Look):
            arrived_ms = step.time_ms + HOUR_MS
            state, found = step_camera(state, step, case.scene, catalogue, arrived_ms=arrived_ms)
        elif isinstance(step, Passed):
            now_ms = DAY_MS + HOUR_MS + int(step.second * 1000)
            state, found = pass_time(state, now_ms, case.scene, catalogue)
        else:
            assert isinstance(step, Told)
            at_ms = DAY_MS + int(step.second * 1000)
            state, found = on_event(state, step.what, at_ms, step.inputs, case.scene, catalogue)
        state = decode_camera(encode_camera(state))
        signals += found
    return signals


def spells(signals: list[Signal], rule_id: str) -> list[tuple[object, ...]]:
    """Signals of one rule in the form that cases write them in."""
    return [
        (s.phase.value, (s.start_ms - DAY_MS) / 1000, (s.at_ms - DAY_MS) / 1000,
         pytest.approx(s.value, abs=0.02))
        for s in signals
        if s.rule_id == rule_id
    ]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule_id}: {c.name}")
def test_case(case: WatchCase) -> None:
    """OFF-11, OFF-13, AV-10: each trouble is found, and what only looks like one is not."""
    signals = play(case, bundled())
    assert spells(signals, case.rule_id) == list(case.expected)
    for signal in signals:
        said = explain(signal, bundled())
        assert len(said.zh) == len(said.en) >= 1
        for zh, en in zip(said.zh, said.en, strict=True):
            assert sorted(_FIGURES.findall(zh)) == sorted(_FIGURES.findall(en))


def test_every_case_of_a_trouble_can_be_told_in_words() -> None:
    """Promise 5: an opening signal says its figures in a sentence of its own."""
    for case in (case for case in CASES if case.expected):
        opened = next(s for s in play(case, bundled()) if s.rule_id == case.rule_id)
        said = explain(opened, bundled())
        assert len(said.en) == 2
        assert _FIGURES.search(said.en[0])


def test_one_trouble_is_one_alert() -> None:
    """A hand before the lens is covered, not also blurred: of those told to officers one opens."""
    case = next(c for c in CASES if c.name == "black at once")
    opened = [s for s in play(case, bundled()) if s.phase is Phase.OPENED]
    assert sorted(s.rule_id for s in opened if not s.staged) == ["camera-covered"]
    assert sorted(s.rule_id for s in opened if s.staged) == ["camera-blacked-out"]


def test_rules_on_trial_hold_up_no_other_rule() -> None:
    """New rules are stored and measured; until officers are told of them they change nothing."""
    frozen = next(c for c in CASES if c.name == "the same picture for two minutes")
    scene = a_scene(a_zone("post"))
    looks = [step for step in frozen.steps if isinstance(step, Look)]

    def found(catalogue: Catalogue) -> set[str]:
        state: CameraState | None = None
        ids: set[str] = set()
        for look in looks:
            state, signals = step_camera(state, look, scene, catalogue)
            ids |= {s.rule_id for s in signals if s.start_ms < DAY_MS + 100_000}
        return ids

    slow = [  # nobody at the post for 200 s, of which it was frozen from 160 s on
        msgspec.structs.replace(entry, lasts_s=200.0) if entry.id == "post-unattended" else entry
        for entry in bundled().entries
    ]
    told = [msgspec.structs.replace(entry, staged=False) for entry in slow]
    assert "post-unattended" in found(Catalogue(tuple(slow)))
    assert "post-unattended" not in found(Catalogue(tuple(told)))


def test_a_new_reference_view_lets_what_is_usual_begin_anew() -> None:
    """A camera that was moved or refitted by order is not sprayed for ever."""
    case = next(c for c in CASES if c.name == "paint over the left half")
    painted = [s for s in case.steps if isinstance(s, Look) and 100_000 <= s.time_ms - DAY_MS < 2e5]
    state: CameraState | None = None
    for look in case.steps[:20]:
        assert isinstance(look, Look)
        state, _ = step_camera(state, look, a_scene(), bundled())
    signed = msgspec.structs.replace(a_scene(), reference=jpeg(ROOM))
    found: list[Signal] = []
    for look in painted:
        state, signals = step_camera(state, look, signed, bundled())
        found += signals
    assert not [s for s in found if s.rule_id == "camera-sprayed"]


def test_time_passes_only_for_a_camera_that_was_seen() -> None:
    """A camera that never sent a picture is not cut off."""
    state, found = pass_time(None, DAY_MS + HOUR_MS, a_scene(), bundled())
    assert found == []
    state, found = on_event(state, "cut_off", DAY_MS, {}, a_scene(), bundled())
    assert pass_time(state, DAY_MS + HOUR_MS, a_scene(), bundled())[1] == found == []


def test_a_film_that_is_over_is_no_camera_cut_off() -> None:
    """After ``ended`` nothing is awaited, until a picture comes again."""
    look = next(step for step in CASES[0].steps if isinstance(step, Look))
    state, _ = step_camera(None, look, a_scene(), bundled(), arrived_ms=look.time_ms)
    late_ms = look.time_ms + HOUR_MS
    assert [s.rule_id for s in pass_time(state, late_ms, a_scene(), bundled())[1]] == [
        "camera-cut-off"
    ]
    over, _ = on_event(state, "ended", look.time_ms, {}, a_scene(), bundled())
    assert pass_time(over, late_ms, a_scene(), bundled())[1] == []
