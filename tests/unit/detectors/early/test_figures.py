"""The figures under the early warnings: cells, lines, novelty, departure, together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.early import departure, novelty, slope, together
from detectors.early.cells import Cell, OpenCell, gather


@given(st.lists(st.integers(0, 3000), unique=True), st.integers(0, 3000))
def test_cells_do_not_depend_on_cuts(times: list[int], cut: int) -> None:
    """Sums run value by value, cells close by time."""
    ordered = sorted(times)
    values = [1 / (1 + time) for time in ordered]
    whole = gather(OpenCell(), ordered, values, width_ms=100, until_ms=3000)
    first = [time for time in ordered if time <= cut]
    state, before = gather(OpenCell(), first, values[: len(first)], width_ms=100, until_ms=cut)
    rest, after = gather(
        state, ordered[len(first) :], values[len(first) :], width_ms=100, until_ms=3000
    )
    assert (rest, before + after) == whole
    assert sum(cell.n for cell in whole[1]) + whole[0].n == len(times)


def test_a_cell_is_half_open_and_the_grid_moves() -> None:
    """What comes at the end belongs to the next cell; an offset starts days at local midnight."""
    state, closed = gather(OpenCell(), [0, 99, 100], [1, 3, 9], width_ms=100, until_ms=150)
    assert closed == [Cell(0, 2.0, 2)]
    assert state == OpenCell(1, 9.0, 1)
    _, moved = gather(OpenCell(), [0, 69, 70], [1, 3, 9], width_ms=100, until_ms=150, offset_ms=30)
    assert moved == [Cell(0, 2.0, 2)]


def test_a_line_agrees_with_polyfit() -> None:
    """Against numpy's own least squares, with a gap in the places."""
    rng = np.random.default_rng(1)
    places = [0, 1, 2, 5, 6, 9, 10]
    values = [3 + 0.5 * x + float(rng.normal()) for x in places]
    fitted = slope.line(places, values)
    (by, at), covariance = np.polyfit(places, values, 1, cov=True)
    assert fitted.slope == pytest.approx(by)
    assert fitted.level == pytest.approx(by * 10 + at)
    assert fitted.error == pytest.approx(math.sqrt(covariance[0, 0]))
    assert fitted.fit == pytest.approx(np.corrcoef(places, values)[0, 1] ** 2)


@pytest.mark.parametrize(
    ("level", "by", "steps"),
    [(0.5, -0.1, 2), (0.5, 0.1, 5), (0.5, 0, math.inf), (0.2, -0.1, 0), (1.1, -0.1, 0)],
)
def test_steps_to_a_limit(level: float, by: float, steps: float) -> None:
    """Between 0.3 and 1.0: the limit that the line is heading for counts."""
    fitted = slope.Line(level=level, slope=by, fit=1, error=0, spread=0, n=3)
    assert slope.steps_to(fitted, 0.3, 1.0) == pytest.approx(steps)


def test_two_points_are_no_line() -> None:
    """Anything fits two points."""
    with pytest.raises(ValueError, match="2 points"):
        slope.line([0, 1], [1.0, 2.0])


def test_nearest_by_definition() -> None:
    """The smallest root mean square distance to a stretch that does not overlap the newest."""
    values = np.random.default_rng(2).normal(size=40)
    newest = values[-5:]
    wanted = min(
        float(np.sqrt(np.mean((values[i : i + 5] - newest) ** 2))) for i in range(40 - 10 + 1)
    )
    assert novelty.nearest(values, 5) == pytest.approx(wanted)
    assert math.isnan(novelty.nearest(values[:14], 5))


def test_a_whole_series_scores_as_value_by_value() -> None:
    """``scores`` is what the live rule does, only faster; and it never looks ahead."""
    model = novelty.Novelty(windows=(3, 8), memory=120, warm=20)
    values = np.sin(np.arange(400) / 10) + np.random.default_rng(3).normal(0, 0.1, 400) + 1e4
    values[300:310] += 2
    courses: tuple[novelty.Course, ...] = (novelty.Course(), novelty.Course())
    stepped = []
    for end in range(1, 401):
        seen = values[max(0, end - model.memory) : end]
        distances = tuple(novelty.nearest(seen, window) for window in model.windows)
        courses, found = novelty.weigh(model, courses, distances, least=1e-9)
        stepped.append(found.score)
    bulk = novelty.scores(model, values)
    assert bulk == pytest.approx(np.array(stepped), abs=1e-4)
    assert int(np.argmax(bulk)) in range(300, 311)
    np.testing.assert_array_equal(novelty.scores(model, values[:305]), bulk[:305])


def test_departure_by_hand() -> None:
    """Baseline is the median, scale the mean distance from it; an unknown channel scores 0."""
    model = departure.Departure(cells=4, warm=2, forget=1e-9, clip=1e9)
    reference = departure.Reference(model, departure.Channels.new(model, 2))
    for value in (1.0, 2.0, 4.0, 3.0, 2.5, 3.5):
        distance = np.abs(np.array([value, np.nan]) - reference.baseline)
        reference.absorb(np.array([value, np.nan]), distance)
    kept = departure.Reference(model, reference.kept())
    assert kept.baseline[0] == 3.25  # of 4, 3, 2.5, 3.5
    distances = [abs(4 - 1.5), abs(3 - 2), abs(2.5 - 2.5), abs(3.5 - 2.75)]
    assert kept.scale[0] == pytest.approx(np.mean(distances))
    steps = np.array([0.1, 0.1])
    score = kept.score(np.array([10.0, 10.0]), np.array([0, 1]), steps)
    assert score[0] == pytest.approx(6.75 / (np.mean(distances) + 0.1))
    assert score[1] == 0


def test_together_sees_what_no_channel_shows() -> None:
    """Two channels that always agree and then differ, each within its own range."""
    model = together.Together(smooth=0.3)
    rng = np.random.default_rng(4)
    both = rng.normal(size=600)
    rows = np.stack([both, both + rng.normal(0, 0.05, 600)], axis=1)
    rows[500:, 1] *= -1
    normal = together.learn(model, rows[:400])
    scores = together.scores(model, normal, rows)
    assert np.mean(scores[400:500] > 3) == 0
    assert np.mean(scores[520:] > 3) > 0.9
    with pytest.raises(ValueError, match="too few"):
        together.learn(model, rows[:10])
