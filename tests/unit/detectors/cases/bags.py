"""Cases of medical waste kept too long; times in hours after the case begins."""

from __future__ import annotations

from tests.unit.detectors.cases.shape import BagCase

_WARNING, _BREACH = "waste-kept-early-warning", "waste-kept-48h"

CASES = (
    BagCase(
        name="never handed over",
        rule_id=_BREACH,
        came=((1, 17),),
        until_hour=60,
        expected=(("opened", 1, 49, 48),),
    ),
    BagCase(
        name="handed over after 50 hours",
        rule_id=_BREACH,
        came=((1, 17),),
        left=((51, 17),),
        until_hour=60,
        expected=(("opened", 1, 49, 48), ("closed", 1, 51, 50)),
    ),
    BagCase(
        name="two bags, each its own spell",
        rule_id=_BREACH,
        came=((1, 17), (3, 18)),
        left=((52, 18),),
        until_hour=60,
        expected=(("opened", 1, 49, 48), ("opened", 3, 51, 48), ("closed", 3, 52, 49)),
    ),
    BagCase(name="in time", rule_id=_BREACH, came=((1, 17),), left=((40, 17),), until_hour=60),
    BagCase(
        name="handed over at 48 hours sharp",
        rule_id=_BREACH,
        came=((1, 17),),
        left=((49, 17),),
        until_hour=60,
    ),
    BagCase(
        name="another bag left", rule_id=_WARNING, came=((1, 17),), left=((2, 18),), until_hour=30
    ),
    BagCase(
        name="warned at 36 hours, gone at 40",
        rule_id=_WARNING,
        came=((1, 17),),
        left=((41, 17),),
        until_hour=60,
        expected=(("opened", 1, 37, 36), ("closed", 1, 41, 40)),
    ),
    BagCase(
        name="a number used again starts anew",
        rule_id=_WARNING,
        came=((0, 17), (31, 17)),
        left=((30, 17),),
        until_hour=66,
    ),
    BagCase(
        name="weighed in again while inside keeps the first time",
        rule_id=_WARNING,
        came=((0, 17), (20, 17)),
        until_hour=40,
        expected=(("opened", 0, 36, 36),),
    ),
)
