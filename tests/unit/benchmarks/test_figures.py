"""The arithmetic of figures and the shape of bench.json. What is measured is never a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.figures import Figure, delay_figure, percentile, rate_figure, write
from tests.benchmarks.fleet import PACK_MS, START_MS, Fleet


def rate(name: str, *rates: float) -> Figure:
    ceilings = [400.0] * len(rates)
    return rate_figure(name, rates, unit="x/s", against="y", ceilings=ceilings, note="why")


def test_a_rate_is_a_median_and_a_share_of_its_ceiling() -> None:
    figure = rate("r", 100.0, 900.0, 200.0)
    assert (figure.value, figure.against_value, figure.ratio, figure.n) == (200.0, 400.0, 0.5, 3)
    assert "100/900/200" in figure.note


def test_a_delay_is_its_95th_percentile_and_better_when_shorter() -> None:
    delays = [float(n) for n in range(1, 101)]
    figure = delay_figure("d", delays, against="idle", floor_ms=[19.0] * 3, note="why")
    assert (figure.value, figure.against_value, figure.ratio, figure.n) == (95.0, 19.0, 0.2, 100)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([7.0], 95, 7.0), ([3.0, 1.0, 2.0], 50, 2.0), ([1.0, 2.0], 95, 2.0), ([1.0, 2.0], 50, 1.0)],
)
def test_nearest_rank(values: list[float], share: int, expected: float) -> None:
    assert percentile(values, share) == expected


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 95)
    with pytest.raises(ValueError, match="0 rounds"):
        rate("r")
    with pytest.raises(ValueError, match="1 rounds beside 2"):
        rate_figure("r", [1.0], unit="", against="", ceilings=[1.0, 2.0], note="")


def test_bench_json_keeps_figures_that_were_not_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    write([rate("a", 1.0), rate("b", 2.0)], path)
    write([rate("b", 3.0)], path)
    found = json.loads(path.read_text())
    assert [(f["name"], f["value"]) for f in found] == [("a", 1.0), ("b", 3.0)]
    keys = {"name", "value", "unit", "against", "against_value", "ratio", "n", "note"}
    assert all(set(f) == keys for f in found)


def test_a_load_goes_on_where_the_last_ended_and_its_rows_are_its_messages() -> None:
    fleet = Fleet()
    first, second = fleet.load(2, bad_share=0), fleet.load(1, bad_share=0)
    assert first.rows.time_ms.min() == START_MS
    assert second.rows.time_ms.min() == START_MS + 2 * PACK_MS
    assert sum(len(b["t"]) for m in first.messages for b in json.loads(m.body)["series"]) == len(
        first.rows
    )
    numbers = [(m.device_id, json.loads(m.body)["seq"]) for m in first.messages + second.messages]
    assert len(set(numbers)) == len(numbers)


def test_excursions_are_planted_where_asked() -> None:
    chlorine = Fleet().series[0]
    calm, wild = (Fleet().load(8, bad_share=share).rows for share in (0.0, 1.0))
    low = [rows.value[rows.series == chlorine.series_id].min() for rows in (calm, wild)]
    assert low[0] > 0.3 > low[1]
