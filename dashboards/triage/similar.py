"""Owns how alike two alerts of one rule are. Pure; knows no database.

The distance is a weighted mean of what is known of both, each part from 0 (the same) to 1:

- the value against its limit, ``|log2(e1 / e2)|``, where e is how many times the limit it is: twice
  as far over is altogether different;
- how long it lasted, ``|log2(d1 / d2)| / 4``: sixteen times as long is altogether different;
- the local hour, round the clock, of twelve hours;
- where: the same device 0, the same place 0.25, the same site 0.5, elsewhere 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WEIGHTS = {"value": 0.4, "lasted": 0.2, "hour": 0.15, "where": 0.25}
_DAY_H, _OFFSET_H = 24.0, 8.0  # Asia/Shanghai has one offset all the year
_HOUR_MS, _MINUTE_MS = 3_600_000, 60_000
_LASTED_DOUBLINGS = 4.0
_SAME_PLACE, _SAME_SITE = 0.25, 0.5
_MOST_TIMES = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Another alert and its distance from the one in question, 0 to 1."""

    row: Mapping[str, Any]
    distance: float

    @property
    def percent(self) -> int:
        """How alike, 0 to 100."""
        return round(100 * (1 - self.distance))


def alike(
    alert: Mapping[str, Any], others: Iterable[Mapping[str, Any]], most: int = 5
) -> list[Likeness]:
    """The nearest others, the nearest first and of equals the newest."""
    found = [Likeness(row=other, distance=distance(alert, other)) for other in others]
    return sorted(found, key=lambda one: (one.distance, -int(one.row["detected_ms"])))[:most]


def distance(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    """How far apart two alerts of one rule are; a part that is unknown of both is left out."""
    parts = {
        "value": _value(a, b),
        "lasted": min(abs(math.log2(_lasted(a) / _lasted(b))) / _LASTED_DOUBLINGS, 1.0),
        "hour": _hour(a, b),
        "where": _where(a, b),
    }
    known = {name: part for name, part in parts.items() if part is not None}
    total = sum(WEIGHTS[name] for name in known)
    return sum(WEIGHTS[name] * part for name, part in known.items()) / total


def excess(alert: Mapping[str, Any]) -> float | None:
    """How many times its limit the value is, 1 at the limit; None where there is no such figure."""
    value, low, high = alert["value"], alert["low"], alert["high"]
    if value is None or value <= 0:
        return None
    if high is not None and high > 0 and (low is None or value >= high):
        return _told(float(value) / float(high))
    return _told(float(low) / float(value)) if low is not None and low > 0 else None


def _told(times: float) -> float:
    """Within what logarithms can compare: a value of almost nothing is infinitely far below."""
    return min(max(times, 1 / _MOST_TIMES), _MOST_TIMES)


def _value(a: Mapping[str, Any], b: Mapping[str, Any]) -> float | None:
    one, two = excess(a), excess(b)
    if one is None and two is None:
        return None
    if one is None or two is None or _above(a) is not _above(b):
        return 1.0
    return min(abs(math.log2(one) - math.log2(two)), 1.0)


def _above(alert: Mapping[str, Any]) -> bool:
    return alert["high"] is not None and alert["value"] >= alert["high"]


def _lasted(alert: Mapping[str, Any]) -> float:
    end = alert["end_ms"] if alert["end_ms"] is not None else alert["detected_ms"]
    return float(max(int(end) - int(alert["start_ms"]), _MINUTE_MS))


def _hour(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    apart = abs(_local_hour(a) - _local_hour(b))
    return min(apart, _DAY_H - apart) / (_DAY_H / 2)


def _local_hour(alert: Mapping[str, Any]) -> float:
    return (int(alert["start_ms"]) / _HOUR_MS + _OFFSET_H) % _DAY_H


def _where(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    if a["device_id"] == b["device_id"]:
        return 0.0
    if a["site_id"] != b["site_id"]:
        return 1.0
    return _SAME_PLACE if a["place"] == b["place"] else _SAME_SITE


def shared(rows: Sequence[Mapping[str, Any]], *, here: bool | None = None) -> tuple[int, int]:
    """Confirmed and decided of ``triage_page_shares``, at one site or (None) everywhere."""
    counted = [row for row in rows if here is None or bool(row["here"]) is here]
    return sum(int(r["confirmed"]) for r in counted), sum(int(r["decided"]) for r in counted)
