"""How alike alerts are, how sure a share is, how a year and a site's points are drawn."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.triage import bars, plan
from dashboards.triage.past import Month, filled, months_until
from dashboards.triage.similar import alike, distance, excess, shared
from dashboards.triage.wilson import FEW, Share

NOW_MS = 1_780_281_600_000  # 2026-06-01 10:40 in Shanghai
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def _alert(**more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "alert_id": "a", "device_id": "d", "place": "main", "site_id": "s", "value": 1.5,
        "low": 0.3, "high": 1.0, "start_ms": NOW_MS, "detected_ms": NOW_MS + 30 * MINUTE,
        "end_ms": NOW_MS + 30 * MINUTE,
    }  # fmt: skip
    return row | more


_alerts = st.builds(
    _alert,
    device_id=st.sampled_from("de"),
    place=st.sampled_from(["main", "kids"]),
    site_id=st.sampled_from("st"),
    value=st.none() | st.floats(0, 100),
    low=st.none() | st.floats(0, 5),
    high=st.none() | st.floats(0, 50),
    start_ms=st.integers(NOW_MS - 400 * DAY, NOW_MS),
    end_ms=st.none() | st.integers(NOW_MS, NOW_MS + 9 * DAY),
    detected_ms=st.integers(NOW_MS, NOW_MS + DAY),
)


@given(_alerts, _alerts)
def test_a_distance_is_symmetrical_and_bounded(a: dict[str, Any], b: dict[str, Any]) -> None:
    """0 to 1, the same both ways, none to itself: whatever is missing."""
    assert 0.0 <= distance(a, b) <= 1.0 + 1e-9
    assert distance(a, b) == pytest.approx(distance(b, a))
    assert distance(a, a) == 0.0


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        ({"value": 3.0}, 0.4),  # twice as far over: altogether different
        ({"value": 0.2}, 0.4),  # below the limit is another thing than above
        ({"value": None}, 0.4),
        ({"end_ms": NOW_MS + 480 * MINUTE}, 0.2),  # sixteen times as long
        ({"start_ms": NOW_MS + 12 * HOUR, "end_ms": NOW_MS + 12 * HOUR + 30 * MINUTE}, 0.15),
        ({"device_id": "e"}, 0.25 * 0.25),
        ({"device_id": "e", "place": "kids"}, 0.25 * 0.5),
        ({"device_id": "e", "place": "kids", "site_id": "t"}, 0.25),
    ],
)
def test_each_part_has_its_weight(other: dict[str, Any], apart: float) -> None:
    """What the module says of its weights is what it computes."""
    assert distance(_alert(), _alert(**other)) == pytest.approx(apart)


def test_midnight_lies_between_neighbours() -> None:
    """23:30 and 00:30 are an hour apart, not twenty-three."""
    late, early = (_alert(start_ms=NOW_MS + at, end_ms=NOW_MS + at + HOUR)
                   for at in (12 * HOUR + 50 * MINUTE, 13 * HOUR + 50 * MINUTE))  # fmt: skip
    assert distance(late, early) == pytest.approx(0.15 / 12)


def test_the_nearest_come_first_and_of_equals_the_newest() -> None:
    """Five at most, in order."""
    others = [_alert(alert_id=str(n), detected_ms=NOW_MS - n * DAY) for n in range(8)]
    others.append(_alert(alert_id="far", site_id="t", device_id="e"))
    found = alike(_alert(), others)
    assert [one.row["alert_id"] for one in found] == ["0", "1", "2", "3", "4"]
    assert found[0].percent == 100
    assert alike(_alert(), []) == []


def test_how_far_over_is_told_by_the_limit_that_was_passed() -> None:
    """1 at the limit, on both sides; nothing where there is no figure."""
    assert excess(_alert(value=2.0)) == 2.0
    assert excess(_alert(value=0.15)) == 2.0
    assert excess(_alert(value=None)) is None
    assert excess(_alert(low=None, high=None)) is None


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (3, 4), (9, 12), (45, 50), (0, 30)])
def test_wilson_holds_the_shares_that_a_score_test_would_not_reject(k: int, n: int) -> None:
    """Its definition: a true share p is within as long as |k/n - p| <= z sqrt(p (1 - p) / n)."""
    kept = [
        p for p in (i / 10_000 for i in range(10_001))
        if abs(k / n - p) <= 1.959964 * math.sqrt(p * (1 - p) / n) + 1e-9
    ]  # fmt: skip
    share = Share(k=k, n=n)
    assert abs(share.low - 100 * kept[0]) < 0.52
    assert abs(share.high - 100 * kept[-1]) < 0.52
    assert share.few is (n < FEW)


def test_of_none_nothing_is_said() -> None:
    """No case, no share: the interval is everything."""
    assert (Share(k=0, n=0).low, Share(k=0, n=0).high, Share(k=0, n=0).percent) == (0, 100, 0)
    assert shared([]) == (0, 0)
    rows = [
        {"here": True, "confirmed": 2, "decided": 3},
        {"here": False, "confirmed": 1, "decided": 7},
    ]
    assert shared(rows, here=True) == (2, 3)
    assert shared(rows) == (3, 10)


def test_a_year_has_twelve_months_by_local_time() -> None:
    """The last one is the present one in Shanghai, empty ones are there."""
    assert months_until(NOW_MS)[0] == "2025-07"
    assert months_until(NOW_MS)[-1] == "2026-06"
    new_year = 1_767_196_800_000  # 2026-01-01 00:00 in Shanghai
    assert months_until(new_year)[-1] == "2026-01"
    assert months_until(new_year - 1)[-1] == "2025-12"
    rows = [
        {"month": "2026-05", "state": "confirmed", "n": 3},
        {"month": "2026-05", "state": "reminded", "n": 2},
        {"month": "2026-05", "state": "open", "n": 1},
        {"month": "1999-01", "state": "open", "n": 9},
    ]
    months = filled(rows, NOW_MS)
    assert len(months) == 12
    assert months[10] == Month(month="2026-05", confirmed=3, waiting=3)
    assert sum(month.total for month in months) == 6


def test_bars_are_as_tall_as_they_are_many() -> None:
    """Stacked, in proportion; an empty year is drawn too."""
    words = {"title": "<t>", "confirmed": "c", "dismissed": "d", "waiting": "w"}
    months = [Month(month="2026-05", confirmed=1, dismissed=3), Month(month="2026-06", waiting=2)]
    tall = {
        e.get("class"): float(e.get("height", "0"))
        for e in ET.fromstring(bars.svg(months, words)).iter("rect")  # noqa: S314  our own
    }
    assert tall["bar-dismissed"] == pytest.approx(3 * tall["bar-confirmed"], abs=0.2)
    assert tall["bar-waiting"] == pytest.approx(2 * tall["bar-confirmed"], abs=0.2)
    ET.fromstring(bars.svg([Month(month="2026-06")], words))  # noqa: S314


def _point(**more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "place": "main", "device_id": "d", "device_kind": "sensor", "heard_ms": NOW_MS,
        "interval_s": 60.0, "maintained": False, "waiting": 0,
    }  # fmt: skip
    return row | more


@pytest.mark.parametrize(
    ("row", "stands"),
    [
        ({}, "heard"),
        ({"heard_ms": NOW_MS - 16 * MINUTE}, "silent"),
        ({"heard_ms": NOW_MS - 16 * MINUTE, "interval_s": 600.0}, "heard"),
        ({"heard_ms": None}, "never"),
        ({"device_id": None}, "none"),
        ({"maintained": True, "heard_ms": None}, "maintained"),
        ({"waiting": 2, "maintained": True}, "waiting"),
    ],
)
def test_how_a_device_stands_now(row: dict[str, Any], stands: str) -> None:
    """An undecided alert is what matters most, then maintenance, then silence."""
    assert plan.present(_point(**row), NOW_MS) == stands


def test_the_alerts_own_device_comes_first_and_nothing_is_made_up() -> None:
    """OFF-10: the point with its device; long and hostile names stay within their box."""
    rows = [_point(device_id=f"x{n}", place=f"p{n}") for n in range(4)] + [_point()]
    found = plan.stands(rows, {"place": "main", "device_id": "d"}, NOW_MS)
    assert found[0].own
    assert not any(stand.own for stand in found[1:])
    names = [("<b>" + "池" * 40, stand.row["device_id"], "") for stand in found]
    drawn = ET.fromstring(plan.svg(found, names, title="<x>"))  # noqa: S314  our own
    (own,) = [g for g in drawn.iter("g") if g.get("class") == "point own"]
    assert next(t.text or "" for t in own.iter("text")).endswith("…")
