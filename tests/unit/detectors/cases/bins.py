"""Cases of things left beside the bins; times in seconds after the case begins, a look a second."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.detectors.cases.shape import Expected, LookCase
from tests.unit.detectors.looks import a_scene
from tests.unit.detectors.yard import BAG, BIN, ZONE, Box, Yard, looks_at

_SCENE = a_scene(ZONE)
_BESIDE, _BEFORE = (88, 30, 102, 64), (76, 34, 94, 70)


def _case(
    name: str,
    yard: Callable[[float], Yard],
    *expected: Expected,
    until_s: int = 180,
    every_s: float = 1.0,
) -> LookCase:
    return LookCase(
        name=name,
        rule_id="object-left-at-bins",
        scene=_SCENE,
        looks=looks_at(until_s, yard, every_s=every_s),
        expected=expected,
    )


def _bag(second: float, come: float, gone: float = 1e9) -> tuple[Box, ...]:
    return (BAG,) if come <= second < gone else ()


def _with(start: float, end: float, box: Box, second: float) -> tuple[Box, ...]:
    return (box,) if start <= second < end else ()


CASES = (
    _case(
        "somebody puts a bag down, stands by for 10 s, and leaves; it is fetched",
        lambda s: Yard(
            bags=_bag(s, 20, 120), people=_with(15, 30, _BESIDE, s) + _with(118, 124, _BEFORE, s)
        ),
        ("opened", 30, 90, 60),
        ("closed", 30, 134, 87),
    ),
    _case(
        "at timed looks every five seconds",
        lambda s: Yard(bags=_bag(s, 20), people=_with(15, 30, _BESIDE, s)),
        ("opened", 30, 90, 60),
        every_s=5.0,
    ),
    _case(
        "people pass before it while it is told: that ends nothing",
        lambda s: Yard(bags=_bag(s, 20), people=_with(100, 110, _BEFORE, s)),
        ("opened", 20, 80, 60),
    ),
    _case(
        "the light changes while it stands",
        lambda s: Yard(bags=_bag(s, 20), light=1 - 0.4 * min(s / 90, 1)),
        ("opened", 20, 80, 60),
    ),
    _case("nothing", lambda _: Yard()),
    _case("there from the beginning", lambda _: Yard(bags=(BAG,))),
    _case("fetched after 50 seconds", lambda s: Yard(bags=_bag(s, 20, 70))),
    _case(
        "its owner stays with it",
        lambda s: Yard(bags=_bag(s, 20), people=_with(15, 180, _BESIDE, s)),
    ),
    _case(
        "behind people all the time",
        lambda s: Yard(bags=_bag(s, 20), people=_with(15, 180, _BEFORE, s)),
    ),
    _case(
        "a bin is put elsewhere",
        lambda s: Yard(bins=((84, 44, 96, 64),) if s >= 40 else (BIN,)),
    ),
    _case(
        "a bin is pushed by half its width",
        lambda s: Yard(bins=((56, 40, 68, 60),) if s >= 40 else (BIN,)),
    ),
    _case("a bin is taken away", lambda s: Yard(bins=() if s >= 40 else (BIN,))),
    _case(
        "dusk within two minutes",
        lambda s: Yard(light=1 - 0.6 * min(s / 120, 1)),
    ),
    _case("a lamp goes on", lambda s: Yard(light=1.6 if s >= 40 else 1.0)),
    _case(
        "a sharp shadow falls on the floor and stays",
        lambda s: Yard(shade=(((70, 40, 100, 80), 0.6),) if s >= 40 else ()),
    ),
    _case(
        "a shadow creeps across",
        lambda s: Yard(shade=(((40, 30, 40 + int(s / 3), 80), 0.6),)),
    ),
    _case(
        "somebody whom the detector does not find walks through",
        lambda s: Yard(unseen=((40 + int(s % 60), 35, 50 + int(s % 60), 70),)),
    ),
    _case(
        "outside the zone",
        lambda s: Yard(bags=((140, 30, 150, 40),) if s >= 20 else ()),
    ),
    _case(
        "a paper cup: smaller than what is asked for",
        lambda s: Yard(bags=((80, 52, 82, 54),) if s >= 20 else ()),
    ),
)
