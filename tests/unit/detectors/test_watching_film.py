"""The watch on the watcher over real footage: each act is found, a busy hour raises nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from detectors.catalogue import bundled
from detectors.watching.view import VIEW_PX, Features, features, fitted, place
from tests.benchmarks.tampered.footage import Film, Picture, View
from tests.benchmarks.tampered.play import KINDS, WARM_LOOKS, Stage, judge

VIEW = View(0.5, 0.4, 0.5)
LOOKS = 360

NAMED = {
    "covered": {"camera-covered", "camera-sprayed", "camera-blacked-out"},
    "bagged": {"camera-blurred", "camera-covered", "camera-sprayed"},
    "sprayed": {"camera-sprayed"},
    "smeared": {"camera-sprayed", "camera-blurred"},
    "blacked_out": {"camera-blacked-out"},
    "blinded": {"camera-blinded", "camera-covered", "camera-sprayed"},
    "lasered": {"camera-blinded", "camera-covered", "camera-sprayed", "camera-blurred"},
    "blurred": {"camera-blurred"},
    "frozen": {"camera-frozen"},
    "moved": {"camera-moved"},
}
"""What an officer may be told of each act, and still know what to look for."""


@pytest.fixture(scope="module")
def film(video: Path) -> Film:
    """The square, a picture every two seconds."""
    return Film.read(video)


@pytest.mark.parametrize("kind", KINDS)
def test_an_act_is_found_and_named(film: Film, kind: str) -> None:
    """OFF-11, OFF-13: in the four minutes of the act, not in the five before it."""
    stage = Stage.of(film, (VIEW,), "day", 7, hours_s=3600)
    told = judge(stage, stage.act(kind), bundled()).ours
    assert [rule for look, rule in told if look < WARM_LOOKS] == []
    assert {rule for look, rule in told if look >= WARM_LOOKS} & NAMED[kind]


@pytest.mark.parametrize("weather", ["people close", "dusk to darkness", "headlights"])
def test_what_happens_by_itself_is_told_by_nobody(film: Film, weather: str) -> None:
    """AV-10: passers-by, nightfall and cars are no trouble."""
    stage = Stage.of(film, (VIEW,), weather, 7, hours_s=LOOKS * 5)

    def pictures() -> Iterator[Picture]:
        return (stage.shot(number) for number in range(LOOKS))

    assert judge(stage, pictures(), bundled()).ours == []


@pytest.mark.parametrize(("by", "turn_deg"), [(0.0, 0.0), (0.1, 0.0), (0.25, 5.0)])
def test_how_far_a_view_was_moved(film: Film, by: float, turn_deg: float) -> None:
    """A camera pushed aside by a tenth of what it sees is found to be off by a tenth."""
    before = _features(film.seen(VIEW, 3))
    other = View(VIEW.x + by * VIEW.width, VIEW.y, VIEW.width, turn_deg)
    found = place(before, _view(film.seen(other, 20)))
    assert found.inliers > 20
    assert found.shift_share == pytest.approx(by, abs=0.01 if turn_deg == 0 else 0.12)


def _view(picture: Picture) -> Picture:
    view = fitted(np.asarray(picture[..., 1], np.uint8))
    assert max(view.shape) == VIEW_PX
    return view


def _features(picture: Picture) -> Features:
    return features(_view(picture))
