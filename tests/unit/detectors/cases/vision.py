"""Cases of the vision rules; times in seconds after the case begins, a look a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from detectors.types import Look, OpeningHours
from tests.unit.detectors.cases.shape import LookCase
from tests.unit.detectors.looks import (
    BLURRED,
    DARK,
    IN_ZONE,
    ON_FLOOR_EDGE,
    OUTSIDE,
    a_look,
    a_scene,
    a_zone,
    scored,
)

_CLOSED, _POST, _CROWD = "person-in-closed-area", "post-unattended", "area-crowded"
_COVERED = "camera-covered"
_HOURS, _LOITER = "person-out-of-hours", "waste-room-loitering"
# The cases begin at midnight: a pool open from six is shut.
_SHUT = OpeningHours.daily(360, 1320)
Feet = tuple[tuple[float, float], ...]


def _each(seconds: Iterable[int], feet: Callable[[int], Feet]) -> tuple[Look, ...]:
    return tuple(a_look(s, *feet(s)) for s in seconds)


def _in(start: int, end: int) -> Callable[[int], Feet]:
    return lambda s: (IN_ZONE,) if start <= s < end else ()


def _not_in(start: int, end: int) -> Callable[[int], Feet]:
    return lambda s: () if start <= s < end else (IN_ZONE,)


CASES = (
    LookCase(
        name="somebody walks in, stays and leaves",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed")),
        looks=_each(range(60), _in(10, 20)),
        # Not seen from 20 on; gone after 3 s of that, so clear from 23.
        expected=(("opened", 10, 12, 1), ("closed", 10, 33, 1)),
    ),
    LookCase(
        name="feet at the lower edge of the picture count",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed")),
        looks=_each(range(20), lambda _: (ON_FLOOR_EDGE,)),
        expected=(("opened", 0, 2, 1),),
    ),
    LookCase(
        name="one missed detection does not end it, one false one does not open it",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed")),
        looks=_each(range(60), lambda s: (IN_ZONE,) if s == 2 or (s >= 10 and s % 4) else ()),
        # 10 and 11 are seen, 12 is missed and not yet gone; 13 shows somebody, 3 s have passed.
        expected=(("opened", 10, 13, 1),),
    ),
    LookCase(
        name="outside the zone",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed")),
        looks=_each(range(60), lambda _: (OUTSIDE,)),
    ),
    LookCase(
        name="a single false detection",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed")),
        looks=_each(range(60), _in(10, 11)),
    ),
    LookCase(
        name="closed only while the site is shut, and it is open",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed", active="shut")),
        looks=_each(range(60), lambda _: (IN_ZONE,)),
    ),
    LookCase(
        name="closed while the site is shut, and it is",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed", active="shut"), hours=_SHUT),
        looks=_each(range(10), lambda _: (IN_ZONE,)),
        expected=(("opened", 0, 2, 1),),
    ),
    LookCase(
        name="two looks a minute apart prove nothing between them",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed")),
        looks=(a_look(0, IN_ZONE), a_look(60, IN_ZONE), a_look(120, IN_ZONE)),
    ),
    LookCase(
        name="a still picture brings few looks, and the spell ends all the same",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed")),
        looks=(*_each(range(5), lambda _: (IN_ZONE,)), a_look(60), a_look(120)),
        expected=(("opened", 0, 2, 1), ("closed", 0, 120, 1)),
    ),
    LookCase(
        name="the lifeguard is away for two minutes",
        rule_id=_POST,
        scene=a_scene(a_zone("post")),
        looks=_each(range(200), _not_in(20, 140)),
        # Back at 140, and come at the second look, 141.
        expected=(("opened", 20, 80, 60), ("closed", 20, 151, 120)),
    ),
    LookCase(
        name="away for 50 seconds",
        rule_id=_POST,
        scene=a_scene(a_zone("post")),
        looks=_each(range(200), _not_in(20, 70)),
    ),
    LookCase(
        name="a post that counts in open hours, at night",
        rule_id=_POST,
        scene=a_scene(a_zone("post", active="open"), hours=_SHUT),
        looks=_each(range(200), lambda _: ()),
    ),
    LookCase(
        name="dark for minutes is unknown, not nobody",
        rule_id=_POST,
        scene=a_scene(a_zone("post")),
        looks=(
            *_each(range(20), lambda _: (IN_ZONE,)),
            *(a_look(s, health=DARK) for s in range(20, 200)),
            *(a_look(s, IN_ZONE) for s in range(200, 260)),
        ),
    ),
    LookCase(
        name="looks too far apart are unknown",
        rule_id=_POST,
        scene=a_scene(a_zone("post")),
        looks=tuple(a_look(s) for s in range(0, 400, 40)),
    ),
    LookCase(
        name="a lifeguard whom the detector misses now and then",
        rule_id=_POST,
        scene=a_scene(a_zone("post")),
        looks=_each(range(300), lambda s: (IN_ZONE,) if s % 3 == 0 else ()),
    ),
    LookCase(
        name="away all the time, and a shadow is taken for a person once in 20 seconds",
        rule_id=_POST,
        scene=a_scene(a_zone("post")),
        looks=_each(range(100), lambda s: (IN_ZONE,) if s % 20 == 19 else ()),
        expected=(("opened", 0, 60, 60),),
    ),
    LookCase(
        name="nobody, and then the camera is silent for minutes: nobody is proven for 50 s only",
        rule_id=_POST,
        scene=a_scene(a_zone("post")),
        looks=_each((*range(50), *range(400, 450)), lambda _: ()),
    ),
    LookCase(
        name="five people where four are licensed",
        rule_id=_CROWD,
        scene=a_scene(a_zone("crowd", limit=4)),
        looks=_each(range(120), lambda s: (IN_ZONE,) * (5 if 20 <= s < 60 else 3)),
        # The two count from their second look (21); median of 5: bad from the third look of five
        # people (23) to the second of three (61).
        expected=(("opened", 23, 33, 5), ("closed", 23, 92, 5)),
    ),
    LookCase(
        name="exactly the licensed number, more outside the zone",
        rule_id=_CROWD,
        scene=a_scene(a_zone("crowd", limit=4)),
        looks=_each(range(60), lambda _: (IN_ZONE,) * 4 + (OUTSIDE,) * 6),
    ),
    LookCase(
        name="a count that jumps for two looks",
        rule_id=_CROWD,
        scene=a_scene(a_zone("crowd", limit=4)),
        looks=_each(range(60), lambda s: (IN_ZONE,) * (9 if s % 5 < 2 else 3)),
    ),
    LookCase(
        name="no licensed number, nothing to judge by",
        rule_id=_CROWD,
        scene=a_scene(a_zone("crowd")),
        looks=_each(range(60), lambda _: (IN_ZONE,) * 9),
    ),
    LookCase(
        name="one person whom the detector loses and finds is one person",
        rule_id=_CROWD,
        scene=a_scene(a_zone("crowd", limit=1)),
        looks=_each(range(120), lambda s: (IN_ZONE,) if s % 15 < 13 else ()),
    ),
    LookCase(
        name="somebody with a faint score in a closed area, whatever one look says",
        rule_id=_CLOSED,
        scene=a_scene(a_zone("closed")),
        looks=tuple(scored(a_look(s, IN_ZONE), 0.9 if s % 5 == 0 else 0.25) for s in range(30))[1:],
    ),
    LookCase(
        name="the cleaner at midnight",
        rule_id=_HOURS,
        scene=a_scene(hours=_SHUT),
        looks=_each(range(60), _in(5, 25)),
        expected=(("opened", 5, 15, 1), ("closed", 5, 58, 1)),
    ),
    LookCase(
        name="somebody while the site is open, and no zone",
        rule_id=_HOURS,
        scene=a_scene(hours=OpeningHours.daily(0, 1320)),
        looks=_each(range(60), lambda _: (IN_ZONE,)),
    ),
    LookCase(
        name="a site that never shuts",
        rule_id=_HOURS,
        scene=a_scene(),
        looks=_each(range(60), lambda _: (IN_ZONE,)),
    ),
    LookCase(
        name="one stays at the waste room for three minutes",
        rule_id=_LOITER,
        scene=a_scene(a_zone("waste")),
        looks=_each(range(220), _in(10, 190)),
        expected=(("opened", 10, 130, 120), ("closed", 10, 200, 179)),
    ),
    LookCase(
        name="one stays, hidden behind a trolley for four seconds now and then",
        rule_id=_LOITER,
        scene=a_scene(a_zone("waste")),
        looks=_each(range(140), lambda s: () if s % 30 in range(10, 14) else (IN_ZONE,)),
        expected=(("opened", 0, 120, 120),),
    ),
    LookCase(
        name="two stay for a minute and a half each, one after the other",
        rule_id=_LOITER,
        scene=a_scene(a_zone("waste")),
        looks=_each(range(200), lambda s: (IN_ZONE,) if s % 100 < 90 else ()),
    ),
    LookCase(
        name="people pass one after another for minutes: the door is busy, nobody lingers",
        rule_id=_LOITER,
        scene=a_scene(a_zone("waste")),
        looks=_each(range(300), lambda s: ((0.02 + 0.05 * (s % 20), 0.8),)),
    ),
    LookCase(
        name="one stays beside the zone",
        rule_id=_LOITER,
        scene=a_scene(a_zone("waste")),
        looks=_each(range(200), lambda _: (OUTSIDE,)),
    ),
    LookCase(
        name="covered and cleared",
        rule_id=_COVERED,
        scene=a_scene(),
        looks=tuple(a_look(s, health=DARK) if 20 <= s < 50 else a_look(s) for s in range(90)),
        expected=(("opened", 20, 30, 1), ("closed", 20, 60, 1)),
    ),
    LookCase(
        name="sprayed: bright but without detail",
        rule_id=_COVERED,
        scene=a_scene(),
        looks=tuple(a_look(s, health=BLURRED) for s in range(20)),
        expected=(("opened", 0, 10, 1),),
    ),
    LookCase(
        name="a hand before the lens for five seconds",
        rule_id=_COVERED,
        scene=a_scene(),
        looks=tuple(a_look(s, health=DARK) if 20 <= s < 25 else a_look(s) for s in range(90)),
    ),
)
