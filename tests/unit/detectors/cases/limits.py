"""Cases of every ``limit`` entry: a lasting excursion, and what must not alert.

Medians here; limits judged by means and laboratory limits have files of their own.
"""

from __future__ import annotations

from detectors.types import Flag, OpeningHours
from tests.unit.detectors.cases import laboratory_limits, mean_limits
from tests.unit.detectors.cases.shape import Expected, Level, ReadingCase

# rule, kind of site, quantity, unit, good value, bad value, readings per window, window, duration.
_ENTRIES = (
    ("pool-free-chlorine", "pool", "free_chlorine", "mg/L", 0.6, 0.1, 15, 15),
    ("pool-free-chlorine", "pool", "free_chlorine", "mg/L", 0.6, 2.0, 15, 15),
    ("pool-ph", "pool", "ph", "pH", 7.4, 8.2, 15, 15),
    ("pool-ph", "pool", "ph", "pH", 7.4, 6.5, 15, 15),
    ("pool-turbidity", "pool", "turbidity", "NTU", 0.4, 1.6, 15, 15),
    ("pool-water-temperature", "pool", "water_temperature", "°C", 26.0, 31.5, 15, 60),
    ("pool-orp", "pool", "orp", "mV", 720.0, 600.0, 15, 15),
    ("pool-combined-chlorine", "pool", "combined_chlorine", "mg/L", 0.2, 0.6, 15, 15),
    ("pool-stop-chlorine", "pool", "free_chlorine", "mg/L", 0.6, 3.4, 5, 0),
    ("foot-bath-chlorine", "foot_bath", "free_chlorine", "mg/L", 7.0, 3.0, 15, 15),
    ("foot-bath-chlorine", "foot_bath", "free_chlorine", "mg/L", 7.0, 12.0, 15, 15),
    ("vaccine-temperature", "vaccine_cold_store", "temperature", "°C", 5.0, 9.5, 10, 15),
    ("vaccine-freezer-temperature", "clinic", "freezer_temperature", "°C", -20.0, -11.0, 10, 15),
    ("waste-cold-store", "waste_room", "cold_store_temperature", "°C", 12.0, 31.0, 30, 60),
    ("fever-clinic-pressure", "hospital", "pressure_difference", "Pa", -12.0, 1.0, 10, 15),
    ("vaccine-temperature", "clinic", "temperature", "°C", 5.0, 12.0, 10, 15),
    ("vaccine-temperature", "hospital", "temperature", "°C", 5.0, -1.0, 10, 15),
    ("supply-turbidity", "secondary_supply", "turbidity", "NTU", 0.3, 1.4, 60, 30),
    (
        "supply-residual-chlorine",
        "secondary_supply",
        "residual_chlorine",
        "mg/L",
        0.2,
        0.01,
        60,
        30,
    ),
    ("supply-ph", "secondary_supply", "ph", "pH", 7.2, 9.1, 60, 30),
)
_TURN = 200


def _turns(good: float, bad: float) -> Level:
    return lambda minute: good if minute < _TURN else bad


def _spike(good: float, bad: float) -> Level:
    return lambda minute: bad if minute == _TURN else good


def _first_bad(
    window: int, good: float, bad: float, limits: tuple[float | None, float | None]
) -> int:
    """Bad readings needed until the median is outside; worked out by hand from the window.

    With an even window the median is the mean of the two middle values, so half the window may do.
    """
    low, high = limits
    middle = (good + bad) / 2
    half_is_bad = (low is not None and middle < low) or (high is not None and middle > high)
    return window // 2 if window % 2 == 0 and half_is_bad else window // 2 + 1


_LIMITS = {
    "vaccine-freezer-temperature": (None, -15.0),
    "waste-cold-store": (None, 20.0),
    "fever-clinic-pressure": (None, -5.0),
    "vaccine-temperature": (2.0, 8.0),
    "supply-turbidity": (None, 1.0),
    "supply-residual-chlorine": (0.05, None),
    "supply-ph": (6.5, 8.5),
}


def _hit(entry: tuple[str, str, str, str, float, float, int, int]) -> ReadingCase:
    rule_id, site_kind, quantity, unit, good, bad, window, lasts = entry
    turn = _TURN + _first_bad(window, good, bad, _LIMITS.get(rule_id, (None, None))) - 1
    return ReadingCase(
        name=f"{rule_id}: {bad} {unit} to stay",
        rule_id=rule_id,
        site_kind=site_kind,
        quantity=quantity,
        unit=unit,
        values=_turns(good, bad),
        minutes=(0, _TURN + 200),
        expected=(("opened", turn, turn + lasts, bad),),
    )


def _miss(entry: tuple[str, str, str, str, float, float, int, int]) -> ReadingCase:
    rule_id, site_kind, quantity, unit, good, bad, _window, _lasts = entry
    return ReadingCase(
        name=f"{rule_id}: one spike of {bad * 3} {unit}",
        rule_id=rule_id,
        site_kind=site_kind,
        quantity=quantity,
        unit=unit,
        values=_spike(good, bad * 3),
        minutes=(0, _TURN + 200),
    )


def _circulation(name: str, stands: int, *expected: Expected) -> ReadingCase:
    """A pump that stands for so many minutes."""
    return ReadingCase(
        name=name,
        rule_id="pool-circulation-stopped",
        site_kind="pool",
        quantity="circulation_on",
        unit="",
        values=lambda minute: 0.0 if _TURN <= minute < _TURN + stands else 1.0,
        minutes=(0, 600),
        expected=expected,
    )


def _dust(name: str, level: float, *expected: Expected) -> ReadingCase:
    """A day of PM2.5 at one level, and a little of the next."""
    return ReadingCase(
        name=name,
        rule_id="indoor-pm2-5",
        site_kind="school",
        quantity="pm2_5",
        unit="mg/m³",
        values=lambda _: level,
        minutes=(0, 1500),
        expected=expected,
    )


def _chlorine(name: str, values: Level, **more: object) -> ReadingCase:
    return ReadingCase(
        name=name,
        rule_id="pool-free-chlorine",
        site_kind="pool",
        quantity="free_chlorine",
        unit="mg/L",
        values=values,
        minutes=(0, 600),
        **more,  # type: ignore[arg-type]
    )


CASES = (
    *map(_hit, _ENTRIES),
    *map(_miss, _ENTRIES),
    *mean_limits.CASES,
    *laboratory_limits.CASES,
    _dust("a day at the figure", 0.05),
    _dust("a day above", 0.06, ("closed", 0, 1440, 0.06), ("opened", 0, 1440, 0.06)),
    _circulation("four hours less a reading", 240),
    _circulation(
        "stands for five hours", 300, ("opened", 200, 440, 0.0), ("closed", 200, 500, 0.0)
    ),
    _chlorine("exactly at the limit is inside", lambda _: 0.3),
    _chlorine("a dip of ten minutes", lambda m: 0.1 if 200 <= m < 210 else 0.6),
    _chlorine(
        "closes after 15 min inside by the hysteresis, worst value kept",
        # Median of 15 bad from 207, all bad values 0.2 but a worse half hour of 0.05.
        lambda m: 0.6 if m < 200 or m >= 300 else 0.05 if 230 <= m < 260 else 0.2,
        expected=(("opened", 207, 222, 0.2), ("closed", 207, 322, 0.05)),
    ),
    _chlorine(
        "just inside the limit but not beyond the hysteresis does not close",
        lambda m: 0.6 if m < 200 else 0.2 if m < 300 else 0.32,
        expected=(("opened", 207, 222, 0.2),),
    ),
    _chlorine(
        "at night, with the pool shut",
        lambda m: 0.1 if m < 355 else 0.6,
        hours=OpeningHours.daily(360, 1320),
    ),
    _chlorine(
        "from opening on: 8 readings fill half the window, 15 min later it has lasted",
        lambda _: 0.1,
        hours=OpeningHours.daily(360, 1320),
        expected=(("opened", 367, 382, 0.1),),
    ),
    _chlorine("under maintenance", lambda _: 0.1, flag=Flag.MAINTENANCE),
    _chlorine("faulty", lambda _: 0.1, flag=Flag.FAULT),
    _chlorine(
        "bad on both sides of an hour without readings: neither side lasts",
        lambda m: 0.6 if m < 200 or m >= 290 else 0.1 if m < 215 or m >= 275 else None,
    ),
)
