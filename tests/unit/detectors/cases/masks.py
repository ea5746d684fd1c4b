"""Cases of the mask rules; times in seconds after the case begins, two looks a second."""

from __future__ import annotations

from collections.abc import Callable

from detectors.types import FaceCover, Look
from tests.unit.detectors.cases.shape import LookCase
from tests.unit.detectors.faces import BADLY, BARE, MASK, Face, a_look_at
from tests.unit.detectors.looks import a_scene, a_zone

_MISSING, _BADLY = "clinical-mask-missing", "clinical-mask-badly-worn"
_SCENE = a_scene(a_zone("clinical"))
_SPOTS = tuple((0.06 + 0.125 * (n % 4), 0.15 + 0.3 * (n // 4)) for n in range(12))
_AWAY = (0.8, 0.3)  # outside the zone, which is the left half


def _looks(until_s: int, shown: Callable[[float], tuple[Face, ...]]) -> tuple[Look, ...]:
    return tuple(a_look_at(n / 2, *shown(n / 2)) for n in range(2 * until_s))


def _one(cover: Callable[[float], FaceCover]) -> Callable[[float], tuple[Face, ...]]:
    return lambda s: (Face(cover=cover(s)),)


def _both(name: str, looks: tuple[Look, ...]) -> tuple[LookCase, ...]:
    """A miss of both rules."""
    return tuple(
        LookCase(name=name, rule_id=rule, scene=_SCENE, looks=looks) for rule in (_MISSING, _BADLY)
    )


CASES = (
    LookCase(
        name="takes the mask off for half a minute",
        rule_id=_MISSING,
        scene=_SCENE,
        looks=_looks(60, _one(lambda s: BARE if 10 <= s < 40 else MASK)),
        # Bare from 10: 6 of 9 looks at 12.5. Masked from 40: fewer than 6 of 9 at 41.5.
        expected=(("opened", 10, 20, 100), ("closed", 10, 51.5, 100)),
    ),
    LookCase(
        name="the mask below the nose",
        rule_id=_BADLY,
        scene=_SCENE,
        looks=_looks(30, _one(lambda _: BADLY)),
        expected=(("opened", 0, 10, 100),),
    ),
    LookCase(
        name="one of two looks in three says bare, the others nothing",
        rule_id=_MISSING,
        scene=_SCENE,
        looks=_looks(30, lambda s: (Face(cover=BARE, score=0.8 if (2 * s) % 3 else 0.2),)),
        expected=(("opened", 0.5, 10.5, 100),),
    ),
    LookCase(
        name="a bare face beside a masked one",
        rule_id=_MISSING,
        scene=_SCENE,
        looks=_looks(30, lambda _: (Face(cover=MASK), Face(cover=BARE, at=(0.4, 0.3)))),
        expected=(("opened", 0, 10, 100),),
    ),
    LookCase(
        name="a face whose body nobody finds",
        rule_id=_MISSING,
        scene=_SCENE,
        looks=_looks(30, lambda _: (Face(cover=BARE, body=False),)),
        expected=(("opened", 0, 10, 100),),
    ),
    *_both("a mask all the time", _looks(60, _one(lambda _: MASK))),
    *_both(
        "one look in three is mistaken",
        _looks(60, _one(lambda s: (BARE, MASK, MASK, BADLY, MASK, MASK)[int(2 * s) % 6])),
    ),
    *_both(
        "a sip of water: eight seconds",
        _looks(60, _one(lambda s: BARE if 20 <= s < 28 else MASK)),
    ),
    *_both("too far away to tell", _looks(60, lambda _: (Face(cover=BARE, height_px=14),))),
    *_both("too faint to tell", _looks(60, lambda _: (Face(cover=BARE, score=0.3),))),
    *_both("outside the zone", _looks(60, lambda _: (Face(cover=BARE, at=_AWAY),))),
    *_both(
        "two boxes on one face disagree",
        _looks(60, lambda _: (Face(cover=BARE), Face(cover=MASK, score=0.7))),
    ),
    *_both(
        "many pass, each bare for a second: no track is long enough",
        _looks(60, lambda s: (Face(cover=BARE, at=_SPOTS[int(s) % 12], body=False),)),
    ),
    *_both("nobody", _looks(60, lambda _: ())),
)
