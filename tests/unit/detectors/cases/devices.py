"""Cases of silent and stuck sensors."""

from __future__ import annotations

from detectors.types import OpeningHours
from tests.unit.detectors.cases.shape import Level, ReadingCase


def _case(name: str, rule_id: str, values: Level, **more: object) -> ReadingCase:
    fields: dict[str, object] = {
        "site_kind": "pool",
        "quantity": "free_chlorine",
        "unit": "mg/L",
        "minutes": (0, 600),
    }
    return ReadingCase(name=name, rule_id=rule_id, values=values, **(fields | more))  # type: ignore[arg-type]


def _moving(minute: int) -> float:
    return 0.6 + 0.03 * (minute % 3)


def _resting(start: int, end: int) -> Level:
    return lambda m: 0.55 if start <= m < end else _moving(m)


CASES = (
    _case(
        "no reading for half an hour",
        "sensor-silent",
        lambda m: None if 200 <= m < 230 else _moving(m),
        expected=(("opened", 199, 209, 600), ("closed", 199, 230, 1860)),
    ),
    _case(
        "silent to the end, opened by the watermark alone",
        "sensor-silent",
        lambda m: None if m >= 200 else _moving(m),
        expected=(("opened", 199, 209, 600),),
    ),
    _case("nine minutes lost", "sensor-silent", lambda m: None if 200 <= m < 209 else _moving(m)),
    _case("flagged readings are not silence", "sensor-silent", _moving, flag=2),
    _case(
        "the same value for three hours",
        "sensor-stuck",
        _resting(100, 280),
        expected=(("opened", 100, 220, 0.55), ("closed", 100, 280, 0.55)),
    ),
    _case("the same value for under two hours", "sensor-stuck", _resting(100, 219)),
    _case(
        "the same value while the pool is shut",
        "sensor-stuck",
        _resting(0, 350),
        hours=OpeningHours.daily(340, 1320),
    ),
    _case(
        "flickering between two steps of the probe is stuck",
        "sensor-stuck",
        lambda m: 0.55 + 0.01 * (m % 2) if 100 <= m < 280 else _moving(m),
        expected=(("opened", 100, 220, 0.55), ("closed", 100, 280, 0.56)),
    ),
    _case("a slow drift is not stuck", "sensor-stuck", lambda m: 0.4 + 0.0005 * m),
    _case(
        "turbidity may rest at the lowest step",
        "sensor-stuck",
        lambda _: 0.1,
        quantity="turbidity",
        unit="NTU",
    ),
    _case(
        "pH that rests for seven hours",
        "sensor-stuck-slow",
        lambda m: 7.3 if m >= 100 else 7.2 + 0.05 * (m % 2),
        quantity="ph",
        unit="pH",
        expected=(("opened", 100, 460, 7.3),),
    ),
    _case(
        "pH that rests for five hours",
        "sensor-stuck-slow",
        lambda m: 7.3 if 100 <= m < 400 else 7.2 + 0.05 * (m % 2),
        quantity="ph",
        unit="pH",
    ),
)
