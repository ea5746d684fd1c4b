"""What the chart draws: limits, the breach, gaps that stay gaps, peaks that survive thinning."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from dashboards.triage.chart import MAX_POINTS, Chart, Point, Words, gaps, svg, thinned, ticks

START = 1_780_272_000_000  # 08:00 in Shanghai
MINUTE = 60_000


def _chart(points: list[Point], **more: object) -> Chart:
    given: dict[str, object] = {
        "points": points, "from_ms": START, "to_ms": START + 60 * MINUTE, "interval_ms": MINUTE,
        "unit": "mg/L", "words": Words(title="余氯 <1>", breach="超限", gap="缺口", now="判定"),
        "low": 0.3, "high": 1.0, "breach": (START + 20 * MINUTE, START + 40 * MINUTE),
        "detected_ms": START + 40 * MINUTE,
    }  # fmt: skip
    return Chart(**(given | more))  # type: ignore[arg-type]


def _points(*minutes: int, value: float = 0.5) -> list[Point]:
    return [Point(time_ms=START + m * MINUTE, value=value) for m in minutes]


def _drawn(chart: Chart, kind: str) -> list[ET.Element]:
    return [e for e in _parsed(svg(chart)).iter() if e.get("class") == kind]


def _parsed(drawn: str) -> ET.Element:
    return ET.fromstring(drawn)  # noqa: S314  our own output


def test_limits_and_breach_lie_where_they_belong() -> None:
    chart = _chart([*_points(*range(30)), *_points(*range(30, 61), value=1.5)])
    low, high = (float(e.get("d", "").split()[1].split("H")[0]) for e in _drawn(chart, "limit"))
    assert low > high  # further down the picture
    line = _drawn(chart, "line")[0].get("d", "")[1:].split("L")
    first, last = (float(point.split()[1]) for point in (line[0], line[-1]))
    assert last < high < first < low
    (breach,) = _drawn(chart, "breach")
    x, width = float(breach.get("x", "0")), float(breach.get("width", "0"))
    assert x == pytest.approx(52 + 694 / 3, abs=0.1)
    assert width == pytest.approx(694 / 3, abs=0.1)


def test_silence_breaks_the_line() -> None:
    chart = _chart(_points(*range(10), *range(25, 61)))
    assert gaps(chart) == [(START + 9 * MINUTE, START + 25 * MINUTE)]
    assert len(_drawn(chart, "gap")) == 1
    assert len(_drawn(chart, "line")) == 2


def test_silence_at_both_ends_is_a_gap_too() -> None:
    assert len(gaps(_chart(_points(*range(20, 40))))) == 2


def test_one_missed_reading_is_not_a_gap() -> None:
    assert gaps(_chart(_points(*(m for m in range(61) if m != 30)))) == []


def test_a_lonely_value_is_a_dot_and_a_flagged_one_is_marked() -> None:
    alone = Point(time_ms=START + 30 * MINUTE, value=0.4, good=False)
    chart = _chart([*_points(*range(10)), alone, *_points(*range(50, 61))])
    assert len(_drawn(chart, "dot")) == 1
    assert len(_drawn(chart, "flagged")) == 1


def test_time_is_local() -> None:
    labels = {e.text for e in _drawn(_chart(_points(*range(61))), "tick")}
    assert {"08:00", "08:30", "09:00"} <= labels


def test_texts_are_escaped() -> None:
    drawn = svg(_chart(_points(*range(61)), unit="<b>&"))
    assert "<b>" not in drawn
    assert _parsed(drawn).get("aria-label") == "余氯 <1>"


def test_thinning_keeps_every_peak() -> None:
    points = [Point(time_ms=START + n * 1000, value=float(n == 4321)) for n in range(20_000)]
    kept = thinned(points)
    assert len(kept) <= MAX_POINTS
    assert max(p.value for p in kept) == 1.0
    assert [p.time_ms for p in kept] == sorted(p.time_ms for p in kept)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.8), (6.9, 7.9), (-3.0, 40.0), (0.0, 0.02)])
def test_ticks_are_few_and_within(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 3 <= len(found) <= 8
    assert all(low <= t <= high + 1e-9 for t in found)
