"""Cases of monitors at fault: silent, stuck, impossible, jumping, clocks out of step."""

from __future__ import annotations

from detectors.types import OpeningHours
from tests.unit.detectors.cases.shape import Expected, Level, ReadingCase, SkewCase


def _case(name: str, rule_id: str, values: Level, **more: object) -> ReadingCase:
    fields: dict[str, object] = {
        "site_kind": "pool",
        "quantity": "free_chlorine",
        "unit": "mg/L",
        "minutes": (0, 600),
    }
    return ReadingCase(name=name, rule_id=rule_id, values=values, **(fields | more))  # type: ignore[arg-type]


def _skew(name: str, offsets_s: tuple[float, ...], expected: tuple[Expected, ...] = ()) -> SkewCase:
    rule_id = "device-clock-skew"
    return SkewCase(name=name, rule_id=rule_id, offsets_s=offsets_s, expected=expected)


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
    _case(
        "a chlorine of 900 mg/L for two minutes",
        "sensor-impossible",
        lambda m: 900.0 if 200 <= m < 202 else _moving(m),
        expected=(("opened", 200, 200, 900.0), ("closed", 200, 232, 900.0)),
    ),
    _case("high, but possible", "sensor-impossible", lambda m: 9.0 if m == 200 else _moving(m)),
    _case(
        "pH from 7.2 to 9.4 between two minutes",
        "sensor-jump-ph",
        lambda m: 9.4 if m >= 200 else 7.2,
        quantity="ph",
        unit="pH",
        expected=(("opened", 200, 200, 2.2), ("closed", 200, 261, 2.2)),
    ),
    _case(
        "pH that climbs by one unit in ten minutes",
        "sensor-jump-ph",
        lambda m: 7.2 + 0.1 * min(max(m - 200, 0), 10),
        quantity="ph",
        unit="pH",
    ),
    _skew("in step", (-2.0,) * 30),
    _skew(
        "eight seconds ahead until it is set",
        (-2.0,) * 5 + (8.0,) * 10 + (-2.0,) * 10,
        expected=(("opened", 9, 9, 8.0), ("closed", 9, 15, 8.0)),
    ),
    _skew(
        "an hour behind, steadily",
        (-3600.0, -3610.0, -3605.0, -3601.0, -3620.0),
        expected=(("opened", 4, 4, -3605.0),),
    ),
    _skew("kept back for an hour, then catching up", (-3600.0, -2700.0, -1800.0, -900.0, -2.0)),
)
