"""The frames stage: pictures of all cameras through one network, then tracks and rules.

Pictures are opened and run while those before them are committed (``foresee``); what is found in
one depends on nothing else, so it does not matter when that was. Judging is in the log's order.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from detectors import tracking, vision
from detectors.catalogue import Catalogue
from detectors.types import Scene
from detectors.watching.events import camera_time_ms
from models.batcher import Batcher, Seen
from models.picture import UnreadablePicture
from pipelines import metrics, topics
from pipelines.errors import BadMessage
from pipelines.frames import rows
from pipelines.frames.admit import admit
from pipelines.frames.look import Pixels, look_of, measure
from pipelines.frames.shadow import Shadow
from pipelines.frames.state import CameraMemory, FramesState, encode, load
from pipelines.gateways.capture.types import CameraEvent, FrameMessage, FramesTick, decode
from pipelines.registry.snapshot import Registry
from pipelines.stage import Count, Effect, Message, Outcome, Refuse

Look = Future[Seen[Pixels]]


class FramesStage:
    """Judges frames, events and the passing of time by the rules over pictures."""

    name = "frames"
    topic = topics.FRAMES

    def __init__(
        self,
        registry: Registry,
        catalogue: Catalogue,
        eyes: Batcher,
        shadow: Shadow | None = None,
    ) -> None:
        self._registry = registry
        self._catalogue = catalogue
        self._eyes = eyes
        self._shadow = shadow
        self._begun: dict[tuple[int, int], Look] = {}

    def load(self, stored: Mapping[str, bytes]) -> FramesState:
        """Rebuilds a partition's state, one entry a camera."""
        return load(stored)

    def foresee(self, message: Message) -> None:
        """Begins to look at a picture; ``handle`` judges it, or refuses it, in its turn."""
        try:
            frame = decode(message.value)
            if isinstance(frame, FrameMessage):
                admit(frame, self._registry)
                self._begun[message.partition, message.offset] = self._look(frame)
        except BadMessage:
            return

    async def handle(
        self, state: FramesState, messages: Sequence[Message], *, now_ms: int
    ) -> Outcome:
        """Judges a run of messages of one partition. The wall clock is only measured against."""
        run = _Run(state)
        admitted = [self._admitted(message, run.outcome) for message in messages]
        looks = {
            at: self._taken(message, frame)
            for at, (message, taken) in enumerate(zip(messages, admitted, strict=True))
            if taken and isinstance(frame := taken[0], FrameMessage)
        }
        self._forget(messages[-1])
        for at, (message, taken) in enumerate(zip(messages, admitted, strict=True)):
            if taken is None:
                continue
            what, scene = taken
            if isinstance(what, FramesTick):
                self._pass_time(run, what)
            elif scene and isinstance(what, CameraEvent):
                self._befall(run, what, scene)
            elif scene and isinstance(what, FrameMessage):
                try:
                    seen = await asyncio.wrap_future(looks[at])
                except UnreadablePicture as error:
                    bad = BadMessage("unreadable_picture", f"{what.camera_id}: {error}")
                    run.outcome.effects.append(Refuse(message, bad, message.value))
                else:
                    self._judge(run, what, scene, seen)
        return run.done(now_ms)

    def _taken(self, message: Message, frame: FrameMessage) -> Look:
        begun = self._begun.pop((message.partition, message.offset), None)
        return self._look(frame) if begun is None else begun

    def _look(self, frame: FrameMessage) -> Look:
        return self._eyes.submit(frame.jpeg, measure)

    def _forget(self, last: Message) -> None:
        """Drops what was begun and refused since, or handled elsewhere."""
        for partition, offset in [
            key for key in self._begun if key[0] == last.partition and key[1] <= last.offset
        ]:
            self._begun.pop((partition, offset)).cancel()

    def _admitted(
        self, message: Message, outcome: Outcome
    ) -> tuple[FrameMessage | CameraEvent | FramesTick, Scene | None] | None:
        try:
            what = decode(message.value)
            return what, admit(what, self._registry)
        except BadMessage as error:
            outcome.effects.append(Refuse(message, error, message.value))
            return None

    def _judge(self, run: _Run, frame: FrameMessage, scene: Scene, seen: Seen[Pixels]) -> None:
        was = run.memory(frame.camera_id)
        look = look_of(frame, seen)
        newer = was is None or look.time_ms > was.judged.last_ms
        tracks, look = tracking.track(was.tracks if was else None, look)
        rules, signals = vision.step_camera(
            was.judged if was else None, look, scene, self._catalogue, arrived_ms=frame.logged_ms
        )
        run.remember(frame.camera_id, CameraMemory(judged=rules, tracks=tracks))
        run.outcome.effects += [rows.sent(signal, frame.logged_ms) for signal in signals]
        if newer:
            run.rows.append(rows.observed(frame, look, seen.model.label))
            judged = run.judged[frame.camera_id, seen.model.label]
            judged.append((look.time_ms, frame.sha256))
            if self._shadow:
                self._shadow.offer(frame, seen)
        else:  # sent again by a capture node
            run.repeated += 1
        run.newest_logged_ms = max(run.newest_logged_ms, frame.logged_ms)

    def _befall(self, run: _Run, event: CameraEvent, scene: Scene) -> None:
        run.outcome.effects.append(rows.befell(event))
        was = run.memory(event.camera_id)
        after, signals = vision.on_event(
            was.judged if was else None, event.what, event.time_ms, event.inputs, scene,
            self._catalogue,
        )  # fmt: skip
        run.remember(
            event.camera_id, CameraMemory(judged=after, tracks=was.tracks if was else None)
        )
        run.outcome.effects += [rows.sent(signal, event.logged_ms) for signal in signals]

    def _pass_time(self, run: _Run, tick: FramesTick) -> None:
        """Of every camera that has shown something where it stands now."""
        for camera, was in list(run.state.cameras.items()):
            there = self._registry.scene_of(camera, was.judged.last_ms)
            scene = self._registry.scene_of(camera, camera_time_ms(was.judged, tick.time_ms))
            if scene is None or there is None or scene.place != there.place:
                continue
            after, signals = vision.pass_time(was.judged, tick.time_ms, scene, self._catalogue)
            if after != was.judged:
                run.remember(camera, CameraMemory(judged=after, tracks=was.tracks))
            run.outcome.effects += [rows.sent(signal, tick.time_ms) for signal in signals]


class _Run:
    """What a run of messages comes to, so far."""

    def __init__(self, state: FramesState) -> None:
        self.state = state
        self.outcome = Outcome()
        self.rows: list[rows.Row] = []
        self.judged: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        self.repeated = 0
        self.newest_logged_ms = 0
        self._changed: set[str] = set()

    def memory(self, camera: str) -> CameraMemory | None:
        return self.state.cameras.get(camera)

    def remember(self, camera: str, memory: CameraMemory) -> None:
        self.state.cameras[camera] = memory
        self._changed.add(camera)

    def done(self, now_ms: int) -> Outcome:
        """Everything as effects; each camera that changed is stored once."""
        effects: list[Effect] = []
        for camera in self._changed:
            self.outcome.changed[camera] = encode(self.state.cameras[camera])
        if self.repeated:
            effects.append(Count("frames_repeated", self.repeated))
        if self.rows:
            effects += [rows.stored(self.rows), Count("frames_judged", len(self.rows))]
            effects.append(rows.judged(self.judged))
            for row in self.rows:
                metrics.FRAMES.labels(str(row[1])).inc()
        if self.newest_logged_ms:
            metrics.FRAMES_LAG.set(now_ms - self.newest_logged_ms)
        self.outcome.effects += effects
        return self.outcome
