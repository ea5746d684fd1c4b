"""Cases of the watch on the watcher: rendered pictures of a room, a look every five seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.types import CameraClock, Look, OpeningHours, Scene
from tests.unit.detectors.cases.shape import Expected
from tests.unit.detectors.looks import a_scene
from tests.unit.detectors.pictures import ROOM, jpeg, looks, room, shown, taken

_SHUT = OpeningHours.daily(360, 1320)  # the cases begin at midnight
Scenery = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Passed:
    """The log's clock says so many seconds after the case begins."""

    second: float


@dataclass(frozen=True, kw_only=True)
class Told:
    """The capture node tells something."""

    second: float
    what: str
    inputs: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WatchCase:
    """What befalls one camera, in order, and the spells of one rule, by seconds.

    Every look arrives an hour after its own time: the log's clock is not the camera's.
    """

    name: str
    rule_id: str
    steps: tuple[Look | Passed | Told, ...] = field(repr=False)
    expected: tuple[Expected, ...] = ()
    scene: Scene = field(default_factory=a_scene, repr=False)


def _black(scene: Scenery) -> Scenery:
    return scene * np.float32(0.02)


def _half_white(scene: Scenery) -> Scenery:
    lit = scene.copy()
    lit[:, : lit.shape[1] // 2] = 400  # whatever the noise, burnt out
    return lit


def _blurred(scene: Scenery) -> Scenery:
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), 3), np.float32)


def _painted(scene: Scenery) -> Scenery:
    """Four of eight columns of tiles, and a little of the fifth."""
    painted = scene.copy()
    painted[:, : painted.shape[1] // 2 + 4] = 90
    return painted


def _dimmed(scene: Scenery) -> Scenery:
    return scene * np.float32(0.5)


def _dusk() -> tuple[Look, ...]:
    """An hour in which the light falls to a fiftieth."""
    return tuple(
        shown(s, taken(ROOM * np.float32(0.02 ** (s / 3600)), s)) for s in range(0, 3600, 20)
    )


def _still(start_s: int, end_s: int, until_s: int) -> tuple[Look, ...]:
    return tuple(
        shown(s, taken(ROOM, start_s if start_s <= s < end_s else s)) for s in range(0, until_s, 5)
    )


def _told_time(offset_ms: int, uncertainty_ms: int) -> tuple[Look, ...]:
    """Clock right for half a minute, then off for a minute, then right."""
    right = CameraClock(offset_ms=0, uncertainty_ms=uncertainty_ms)
    off = CameraClock(offset_ms=offset_ms, uncertainty_ms=uncertainty_ms)
    return tuple(
        shown(s, taken(ROOM, s), clock=off if 30 <= s < 90 else right) for s in range(0, 200, 5)
    )


_SEES = looks(_dimmed, start_s=0, end_s=0, until_s=60)
_REFERENCE = msgspec.structs.replace(a_scene(), reference=jpeg(ROOM))
_OTHER_ROOM = room(11)
_BLACKED, _BLINDED, _FROZEN = "camera-blacked-out", "camera-blinded", "camera-frozen"
_SPRAYED, _BLURRED, _MOVED = "camera-sprayed", "camera-blurred", "camera-moved"
_CUT, _CLOCK = "camera-cut-off", "camera-clock-wrong"

CASES = (
    WatchCase(
        name="black at once",
        rule_id=_BLACKED,
        steps=looks(_black, start_s=100, end_s=150, until_s=200),
        expected=(("opened", 100, 110, 1), ("closed", 100, 160, 1)),
    ),
    WatchCase(
        name="five seconds of the lens under a hand",
        rule_id=_BLACKED,
        steps=looks(_black, start_s=100, end_s=105, until_s=200),
    ),
    WatchCase(name="slow dusk", rule_id=_BLACKED, steps=_dusk()),
    WatchCase(
        name="lights out in a closed site",
        rule_id=_BLACKED,
        scene=a_scene(hours=_SHUT),
        steps=looks(_black, start_s=100, end_s=500, until_s=500),
    ),
    WatchCase(
        name="half the picture burnt out",
        rule_id=_BLINDED,
        steps=looks(_half_white, start_s=100, end_s=150, until_s=200),
        expected=(("opened", 100, 120, 0.5), ("closed", 100, 170, 0.5)),
    ),
    WatchCase(
        name="headlights for ten seconds",
        rule_id=_BLINDED,
        steps=looks(_half_white, start_s=100, end_s=110, until_s=200),
    ),
    WatchCase(
        name="the same picture for two minutes",
        rule_id=_FROZEN,
        steps=_still(100, 220, 300),
        # 105 is the first look that repeats one, 130 the sixth.
        expected=(("opened", 130, 190, 1), ("closed", 130, 230, 1)),
    ),
    WatchCase(
        name="a still room, with the sensor's noise",
        rule_id=_FROZEN,
        steps=looks(_dimmed, start_s=0, end_s=0, until_s=300),
    ),
    WatchCase(
        name="paint over the left half",
        rule_id=_SPRAYED,
        steps=looks(_painted, start_s=100, end_s=200, until_s=300),
        expected=(("opened", 110, 170, 0.5), ("closed", 110, 230, 0.5)),
    ),
    WatchCase(
        name="light halved at once",
        rule_id=_SPRAYED,
        steps=looks(_dimmed, start_s=100, end_s=300, until_s=300),
    ),
    WatchCase(
        name="somebody before half of the lens for half a minute",
        rule_id=_SPRAYED,
        steps=looks(_painted, start_s=100, end_s=130, until_s=300),
    ),
    WatchCase(
        name="out of focus",
        rule_id=_BLURRED,
        steps=looks(_blurred, start_s=100, end_s=200, until_s=300),
        expected=(("opened", 100, 130, 1), ("closed", 100, 220, 1)),
    ),
    WatchCase(
        name="light halved at once",
        rule_id=_BLURRED,
        steps=looks(_dimmed, start_s=100, end_s=300, until_s=300),
    ),
    WatchCase(
        name="turned to another room",
        rule_id=_MOVED,
        scene=_REFERENCE,
        steps=looks(lambda _: _OTHER_ROOM, start_s=100, end_s=500, until_s=700),
        # Looked for every 30 s: lost at 120, 150, 180 and 210; there again from 510.
        expected=(("opened", 210, 270, 1), ("closed", 210, 570, 1)),
    ),
    WatchCase(
        name="the same change with no reference view",
        rule_id=_MOVED,
        steps=looks(lambda _: _OTHER_ROOM, start_s=100, end_s=500, until_s=700),
    ),
    WatchCase(
        name="out of focus is not moved",
        rule_id=_MOVED,
        scene=_REFERENCE,
        steps=looks(_blurred, start_s=100, end_s=500, until_s=600),
    ),
    WatchCase(
        name="no picture for a minute, nobody says why",
        rule_id=_CUT,
        steps=(*_SEES, *(Passed(second=s) for s in range(60, 200, 10)), *(
            shown(200 + s, taken(ROOM, s)) for s in range(0, 30, 5)
        )),
        expected=(("opened", 55, 120, 65), ("closed", 55, 210, 65)),
    ),
    WatchCase(
        name="the node says that the stream is cut off",
        rule_id=_CUT,
        steps=(*_SEES, Told(second=60, what="cut_off"), *(
            Passed(second=s) for s in range(60, 100, 5)
        )),
        expected=(("opened", 55, 75, 20),),
    ),
    WatchCase(
        name="cut off for ten seconds",
        rule_id=_CUT,
        steps=(*_SEES, Told(second=60, what="cut_off"), Passed(second=65),
               Told(second=68, what="restored"), *(Passed(second=s) for s in range(70, 110, 5))),
    ),
    WatchCase(
        name="three seconds off, half a second unsure",
        rule_id=_CLOCK,
        steps=_told_time(-3000, 500),
        expected=(("opened", 30, 50, 2.5), ("closed", 30, 150, 2.5)),
    ),
    WatchCase(name="three seconds off, but unsure by as much", rule_id=_CLOCK,
              steps=_told_time(3000, 3000)),
    WatchCase(
        name="set forward by ten seconds",
        rule_id=_CLOCK,
        steps=(*_SEES, Told(second=60, what="clock_jumped", inputs={"by_ms": 1e4, "of_stream": 0}),
               shown(61, taken(ROOM, 61)), shown(121, taken(ROOM, 121))),
        expected=(("opened", 60, 60, 10), ("closed", 60, 121, 10)),
    ),
    WatchCase(
        name="the stream begins anew",
        rule_id=_CLOCK,
        steps=(*_SEES, Told(second=60, what="clock_jumped", inputs={"by_ms": 1e6, "of_stream": 1})),
    ),
)  # fmt: skip
