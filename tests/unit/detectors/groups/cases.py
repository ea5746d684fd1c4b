"""Cases of every entry that rules over groups judge: which spells come out, and which do not."""

from __future__ import annotations

from functools import partial

from tests.unit.detectors.cases.shape import Expected, GroupCase, ReadingCase
from tests.unit.detectors.groups.rooms import Row, steady

_HOUR, _DAY = 3600, 86_400


def _once(start_s: float, at_s: float, value: float) -> tuple[Expected, ...]:
    return (("opened", start_s, at_s, value), ("closed", start_s, at_s, value))


def _wash(rule_id: str, name: str, hot_c: float, hot_s: int, found: float | None) -> GroupCase:
    rows = [*steady(1, 0, 10, 20), *steady(1, 10, 10 + hot_s, hot_c)]
    rows += steady(1, 10 + hot_s, 30 + hot_s, 20)
    return GroupCase(
        rule_id=rule_id,
        name=name,
        series=(("washer_temperature", 1),),
        rows=tuple(rows),
        until_s=1000,
        expected=() if found is None else _once(10, 10 + hot_s, found),
    )


WASHERS = (
    _wash("washer-a0-then-sterilised", "85 °C for a minute", 85, 60, 60 * 10**0.5),
    _wash("washer-a0-then-sterilised", "90 °C for a minute", 90, 60, None),
    _wash("washer-a0-then-sterilised", "a rinse of half a minute is no cycle", 85, 30, None),
    _wash("washer-a0-used-as-is", "90 °C for a minute", 90, 60, 600),
    _wash("washer-a0-used-as-is", "90 °C for five minutes", 90, 300, None),
)


def _steam(
    name: str,
    plateau: tuple[tuple[int, float, float], ...],
    found: float | None,
    *,
    pressure: bool = True,
) -> GroupCase:
    """A cycle that heats up for 30 s, holds (seconds, °C, kPa), cools for 20 s at 116 °C."""
    rows: list[Row] = []
    steps = ((10, 20.0, 0.0), (30, 116.0, 75.0), *plateau, (20, 116.0, 75.0), (10, 60.0, 0.0))
    second = 0
    for lasts_s, temperature, kpa in steps:
        rows += steady(1, second, second + lasts_s, temperature)
        rows += steady(2, second, second + lasts_s, kpa) if pressure else []
        second += lasts_s
    series = (("steriliser_temperature", 1.0), ("steriliser_pressure", 1.0))
    return GroupCase(
        rule_id="steam-cycle",
        name=name,
        series=series if pressure else series[:1],
        rows=tuple(rows),
        until_s=second,
        expected=() if found is None else _once(10, second - 10, found),
    )


STEAM = (
    _steam("134 °C for four minutes", ((240, 134.5, 210),), None),
    _steam("134 °C for three minutes", ((180, 134.5, 210),), 180),
    _steam("132 °C for four minutes", ((240, 132.4, 190),), None),
    _steam("gravity, 20 minutes", ((1200, 121.6, 110),), None),
    _steam("gravity, 15 minutes", ((900, 121.6, 110),), 900),
    _steam(
        "three minutes twice are not four",
        ((180, 134.5, 210), (5, 131, 180), (180, 134.5, 210)),
        180,
    ),
    _steam("too hot half of the time", ((120, 134.5, 210), (120, 138, 225)), 120),
    _steam("hot enough but the pressure of air", ((240, 134.5, 150),), 0),
    _steam("no pressure registered", ((240, 134.5, 0),), None, pressure=False),
    _steam("never reached any class", ((600, 119, 95),), 0),
)


def _lamp_on(*spans: tuple[int, int]) -> tuple[Row, ...]:
    return tuple(row for start_s, end_s in spans for row in ((1, start_s, 1.0), (1, end_s, 0.0)))


def _gated(
    rule_id: str,
    gate: str,
    judged: str,
    name: str,
    value: float,
    *,
    step_s: int,
    until_s: int,
    off_s: int,
    found: float | None,
) -> GroupCase:
    return GroupCase(
        rule_id=rule_id,
        name=name,
        series=((gate, step_s), (judged, step_s)),
        rows=((1, 0, 1), (1, off_s, 0), *steady(2, 0, until_s, value, step_s)),
        until_s=until_s,
        expected=() if found is None else (("opened", 0, off_s, found),),
    )


def _beam(name: str, value: float, off_s: int, found: float | None, rule: str = "") -> GroupCase:
    return _gated(
        "radiation-outside-room" + rule,
        "exposure",
        "dose_rate",
        name,
        value,
        step_s=1,
        until_s=60,
        off_s=off_s,
        found=found,
    )


def _shine(name: str, value: float, off_s: int, found: float | None) -> GroupCase:
    return _gated(
        "uv-irradiance",
        "lamp_on",
        "uv_irradiance",
        name,
        value,
        step_s=60,
        until_s=1800,
        off_s=off_s,
        found=found,
    )


GATED = (
    _beam("5 µSv/h while it radiates", 5, 10, 5),
    _beam("within 2.5 µSv/h", 2.4, 10, None),
    _beam("an exposure too short to be judged", 5, 4, None),
    _beam("30 µSv/h", 30, 10, 30, "-radiography"),
    _beam("within 25 µSv/h", 24, 10, None, "-radiography"),
    _shine("a weak lamp", 60, 1200, 60),
    _shine("a good lamp", 80, 1200, None),
    _shine("not yet warm", 60, 240, None),
    GroupCase(
        rule_id="radiation-outside-room",
        name="much, but nothing radiates",
        series=(("exposure", 1), ("dose_rate", 1)),
        rows=tuple(steady(2, 0, 60, 9)),
        until_s=60,
    ),
    GroupCase(
        rule_id="radiation-outside-room",
        name="ends with the first exposure that is good",
        series=(("exposure", 1), ("dose_rate", 1)),
        rows=(
            *((1, s, v) for s, v in ((0, 1), (10, 0), (20, 1), (30, 0), (40, 1), (50, 0))),
            *steady(2, 0, 15, 5),
            *steady(2, 15, 35, 7),
            *steady(2, 35, 60, 1),
        ),
        until_s=60,
        expected=(("opened", 0, 10, 5), ("closed", 0, 50, 7)),
    ),
    GroupCase(
        rule_id="radiation-outside-room",
        name="nobody said that it ended",
        series=(("exposure", 1), ("dose_rate", 1)),
        rows=((1, 0, 1), (1, 500, 0), *steady(2, 0, 510, 9)),
        until_s=600,
    ),
)

_BURNS = (("lamp_on", 60.0), ("lamp_replaced", 86_400.0))
LAMPS = (
    GroupCase(
        rule_id="uv-lamp-hours",
        name="1000 hours, then replaced",
        series=_BURNS,
        rows=(*steady(1, 0, 1002 * _HOUR, 1, 2 * _HOUR), (2, 1001 * _HOUR, 1)),
        until_s=1002 * _HOUR,
        expected=(
            ("opened", 1000 * _HOUR, 1000 * _HOUR, 1000),
            ("closed", 1000 * _HOUR, 1001 * _HOUR, 1001),
        ),
    ),
    GroupCase(
        rule_id="uv-lamp-hours",
        name="replaced halfway",
        series=_BURNS,
        rows=(*steady(1, 0, 1002 * _HOUR, 1, 2 * _HOUR), (2, 501 * _HOUR, 1)),
        until_s=1002 * _HOUR,
    ),
    GroupCase(
        rule_id="uv-lamp-hours",
        name="off every other two hours",
        series=_BURNS,
        rows=tuple((1, s, s // (2 * _HOUR) % 2) for s in range(0, 1990 * _HOUR, 2 * _HOUR)),
        until_s=1990 * _HOUR,
    ),
    GroupCase(
        rule_id="uv-run-time",
        name="twenty minutes",
        series=(("lamp_on", 60),),
        rows=((1, -60, 0), *_lamp_on((0, 1200))),
        until_s=1300,
        expected=_once(0, 1200, 1200),
    ),
    GroupCase(
        rule_id="uv-run-time",
        name="half an hour, and a test of the switch",
        series=(("lamp_on", 60),),
        rows=((1, -60, 0), *_lamp_on((0, 1800), (2000, 2060))),
        until_s=2100,
    ),
)

_FRIDGE = (("temperature", 60.0), ("door_open", 60.0))
DOORS = (
    GroupCase(
        rule_id="vaccine-temperature-door",
        name="ten degrees behind a shut door",
        series=_FRIDGE,
        rows=((2, 0, 0), *steady(1, 0, 600, 10, 60), *steady(1, 600, 1500, 5, 60)),
        until_s=1500,
        expected=(("opened", 0, 300, 10), ("closed", 0, 1200, 10)),
    ),
    GroupCase(
        rule_id="vaccine-temperature-door",
        name="open, shut, and cold again in time",
        series=_FRIDGE,
        rows=((2, 0, 1), (2, 600, 0), *steady(1, 0, 1200, 10, 60), *steady(1, 1200, 2000, 5, 60)),
        until_s=2000,
    ),
    GroupCase(
        rule_id="vaccine-temperature-door",
        name="still warm when the tolerance is over",
        series=_FRIDGE,
        rows=((2, 0, 1), (2, 600, 0), *steady(1, 0, 2000, 10, 60)),
        until_s=2000,
        expected=(("opened", 1260, 1560, 10),),
    ),
    GroupCase(
        rule_id="vaccine-temperature-door",
        name="a door that fell silent counts as shut",
        series=_FRIDGE,
        rows=((2, 0, 1), *steady(1, 0, 3600, 10, 60)),
        until_s=3600,
        expected=(("opened", 2460, 2760, 10),),
    ),
    GroupCase(
        rule_id="cold-store-door-open",
        name="four minutes",
        series=(("door_open", 60),),
        rows=((1, 60, 1), (1, 300, 0)),
        until_s=400,
        expected=(("opened", 60, 240, 180), ("closed", 60, 300, 240)),
    ),
    GroupCase(
        rule_id="cold-store-door-open",
        name="shut in time",
        series=(("door_open", 60),),
        rows=((1, 60, 1), (1, 240, 0)),
        until_s=400,
    ),
)

_SCALES = (
    ("waste_weight_stock", 86_400.0),
    ("waste_weight_in", 86_400.0),
    ("waste_weight_out", 86_400.0),
)


def _weighed(name: str, stock: float, *, found: tuple[Expected, ...] = ()) -> GroupCase:
    rows = (
        (1, 17 * _HOUR, 10.0),
        (2, 33 * _HOUR, 5.0),
        (3, 39 * _HOUR, 3.0),
        (1, 41 * _HOUR, stock),
    )
    return GroupCase(
        rule_id="waste-balance",
        name=name,
        series=_SCALES,
        rows=rows,
        until_s=2 * _DAY,
        expected=found,
    )


BALANCES = (
    _weighed("a kilogram is missing", 11, found=_once(17 * _HOUR, 2 * _DAY, -1)),
    _weighed("a kilogram too much", 13, found=_once(17 * _HOUR, 2 * _DAY, 1)),
    _weighed("within half a kilogram", 11.6),
    GroupCase(
        rule_id="waste-balance",
        name="what came after the evening's stock is the next day's",
        series=_SCALES,
        rows=((1, 17 * _HOUR, 10), (2, 18 * _HOUR, 5), (1, 41 * _HOUR, 15)),
        until_s=2 * _DAY,
    ),
    GroupCase(
        rule_id="waste-balance",
        name="a day without stock runs on",
        series=_SCALES,
        rows=((1, 17 * _HOUR, 10), (3, 40 * _HOUR, 4), (2, 60 * _HOUR, 2), (1, 65 * _HOUR, 5)),
        until_s=3 * _DAY,
        expected=_once(17 * _HOUR, 3 * _DAY, -3),
    ),
    GroupCase(
        rule_id="waste-balance",
        name="2 % of much is more than half a kilogram",
        series=_SCALES,
        rows=((1, 17 * _HOUR, 80), (2, 33 * _HOUR, 20), (1, 41 * _HOUR, 98)),
        until_s=2 * _DAY,
    ),
)

_SEWAGE = (
    ("cod", "cod", 70.0, 50.0),
    ("cod-pretreatment", "cod_pretreatment", 260.0, 240.0),
    ("cod-infectious", "cod_infectious", 61.0, 59.0),
    ("ph", "ph", 9.5, 7.0),
    ("chlorine", "total_chlorine", 2.5, 3.0),
    ("chlorine-pretreatment", "total_chlorine_pretreatment", 8.5, 8.0),
    ("chlorine-infectious", "total_chlorine_infectious", 6.0, 7.0),
)
_DAYS = tuple(
    GroupCase(
        rule_id=f"sewage-day-{name}",
        name=f"a day of {value:g}",
        series=((quantity, 3600),),
        rows=tuple(steady(1, 0, _DAY, value, _HOUR)),
        until_s=_DAY,
        expected=_once(0, _DAY, value) if bad else (),
    )
    for name, quantity, *values in _SEWAGE
    for value, bad in zip(values, (True, False), strict=True)
)
SEWAGE = (
    *_DAYS,
    GroupCase(
        rule_id="sewage-day-cod",
        name="too little of the day was seen",
        series=(("cod", 3600),),
        rows=tuple(steady(1, 0, 8 * _HOUR, 90, 600)),
        until_s=_DAY,
    ),
    GroupCase(
        rule_id="sewage-day-cod",
        name="three samples are a day",
        series=(("cod", 3600),),
        rows=((1, 8 * _HOUR, 50), (1, 12 * _HOUR, 70), (1, 16 * _HOUR, 63)),
        until_s=_DAY,
        expected=_once(0, _DAY, 61),
    ),
)

_PROBES = (
    ("chlorine", "free_chlorine", 0.5, 0.9),
    ("ph", "ph", 7.2, 7.8),
    ("temperature", "temperature", 4.0, 8.0),
)


def _two(
    name: str, quantity: str, first: float, second: float, found: tuple[Expected, ...] = ()
) -> GroupCase:
    return GroupCase(
        rule_id=f"probes-disagree-{name}",
        name=f"{first:g} and {second:g}",
        series=((quantity, 60), (quantity, 60)),
        rows=(*steady(1, 0, 5400, first, 60), *steady(2, 0, 5400, second, 60)),
        until_s=5400,
        expected=found,
    )


_PAIRS = tuple(
    case
    for name, quantity, first, second in _PROBES
    for case in (
        _two(
            name,
            quantity,
            first,
            second,
            (("opened", 0, 3600 if name == "temperature" else 1800, second - first),),
        ),
        _two(name, quantity, first, first + 0.1),
    )
)

PROBES = (
    *_PAIRS,
    GroupCase(
        rule_id="probes-disagree-ph",
        name="every five minutes, never in the same one",
        series=(("ph", 300), ("ph", 300)),
        rows=(*steady(1, 0, 7200, 7.2, 300), *steady(2, 120, 7200, 7.8, 300)),
        until_s=7200,
        expected=(("opened", 120, 1920, 0.6),),
    ),
    GroupCase(
        rule_id="probes-disagree-ph",
        name="one of them stopped",
        series=(("ph", 60), ("ph", 60)),
        rows=(*steady(1, 0, 5400, 7.2, 60), *steady(2, 0, 1200, 7.8, 60)),
        until_s=5400,
    ),
)

CASES = (*WASHERS, *STEAM, *GATED, *LAMPS, *DOORS, *BALANCES, *SEWAGE, *PROBES)


def _still(value: float, _minute: int) -> float:
    return value


COUNTERS = tuple(
    ReadingCase(
        rule_id="uv-lamp-hours-counter",
        name=f"a counter at {hours:g} h",
        site_kind="hospital",
        quantity="lamp_hours",
        unit="h",
        values=partial(_still, hours),
        minutes=(0, 4),
        expected=(("opened", 0, 0, hours),) if hours > 1000 else (),
    )
    for hours in (1000.5, 999.0)
)
"""Judged by the plain limit on the counter, so through the engine."""
