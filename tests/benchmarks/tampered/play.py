"""Owns playing acts and untampered hours before a camera, once, to both judges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import process_time

import cv2
import numpy as np

from detectors.catalogue import Catalogue
from detectors.types import Look, OpeningHours, Scene
from detectors.vision import CameraState, step_camera
from detectors.watching.view import fitted
from models.types import Detections
from pipelines.gateways.capture.health import picture_health
from tests.benchmarks.tampered.acts import ACTS, moved_view
from tests.benchmarks.tampered.footage import Film, Picture, View
from tests.benchmarks.tampered.light import Sensor, Weather, weathers
from tests.benchmarks.tampered.peer import Measured, Peer

EVERY_S = 5.0
WARM_LOOKS, ACT_LOOKS = 60, 48
KINDS = (*ACTS, "frozen", "moved")
START_MS = 1_796_100_000_000  # 2026-12-01
_ALWAYS = OpeningHours.daily(0, 1440)
_NEVER = OpeningHours(spans=((),) * 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One camera for one sequence: where it looks, under what weather, with which chance."""

    film: Film
    view: View
    weather: Weather
    chance: np.random.Generator
    sensor: Sensor

    @classmethod
    def of(
        cls, film: Film, views: Sequence[View], kind: str, seed: int, *, hours_s: float
    ) -> Stage:
        """A camera drawn by a seed, under one kind of weather."""
        chance = np.random.default_rng(seed)
        weather = weathers(chance, hours_s)[kind]
        quality = min(weather.quality, int(chance.integers(55, 85)))
        sensor = Sensor(chance, noise=float(chance.uniform(2, 5)), quality=quality)
        view = views[int(chance.integers(len(views)))]
        return cls(film=film, view=view, weather=weather, chance=chance, sensor=sensor)

    def shot(self, number: int, *, view: View | None = None) -> Picture:
        """The picture of one look, nobody tampering."""
        return self._taken(self._scene(number, view or self.view), number)

    def act(self, kind: str) -> Iterator[Picture]:
        """Five minutes of the camera as it is, then four of one that was tampered with."""
        other = moved_view(self.chance, self.view) if kind == "moved" else self.view
        made = ACTS[kind](self.chance) if kind in ACTS else None
        picture = self.shot(0)
        for number in range(WARM_LOOKS):
            picture = self.shot(number)
            yield picture
        for number in range(WARM_LOOKS, WARM_LOOKS + ACT_LOOKS):
            if kind == "frozen":
                yield picture
                continue
            scene = np.clip(self._scene(number, other), 0, 255)
            acted = scene if made is None else made(scene.astype(np.uint8)).astype(np.float32)
            yield self._taken(acted, number)

    def reference(self) -> Picture:
        """What an officer signed: the view by day."""
        return self.film.seen(self.view, int(self.chance.integers(len(self.film.pictures))))

    def _scene(self, number: int, view: View) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        seen = self.film.seen(view, number).astype(np.float32)
        return self.weather.change(seen, number * EVERY_S)

    def _taken(
        self, scene: np.ndarray[tuple[int, ...], np.dtype[np.float32]], number: int
    ) -> Picture:
        at_s = number * EVERY_S
        grey = at_s >= self.weather.grey_from_s
        return self.sensor.take(scene, grey=grey, gain=self.weather.noise(at_s))


@dataclass(slots=True)
class Judged:
    """What both said of a sequence.

    Attributes:
        ours: (look, rule) of every spell that opened.
        cpu_s: of our measures and rules.
    """

    ours: list[tuple[int, str]] = field(default_factory=list)
    peer: list[Measured] = field(default_factory=list)
    looks: int = 0
    cpu_s: float = 0.0


def judge(stage: Stage, pictures: Iterator[Picture], catalogue: Catalogue) -> Judged:
    """Plays pictures, one every five seconds, to the catalogue's rules and to the peer."""
    _, data = cv2.imencode(".jpg", stage.reference())
    scene = Scene(
        camera_id="camera", party_id="party", site_id="site", site_kind="pool", place="place",
        zones=(), hours=_ALWAYS if stage.weather.open else _NEVER,
        reference=bytes(data.tobytes()),
    )  # fmt: skip
    state: CameraState | None = None
    judged, peer = Judged(), Peer()
    for number, picture in enumerate(pictures):
        began = process_time()
        look = _look(picture, START_MS + int(number * EVERY_S * 1000))
        state, signals = step_camera(state, look, scene, catalogue)
        judged.cpu_s += process_time() - began
        judged.ours += [(number, s.rule_id) for s in signals if s.phase.value == "opened"]
        peer.look(picture)
        judged.looks += 1
    judged.peer = peer.seen
    return judged


def _look(picture: Picture, time_ms: int) -> Look:
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    height, width = luma.shape
    return Look(
        time_ms=time_ms, width_px=width, height_px=height, persons=Detections.none(),
        health=picture_health(picture), view=fitted(luma),
    )  # fmt: skip
