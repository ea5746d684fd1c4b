"""The frames stage: pictures of all cameras of a partition through one network, then the rules."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from detectors import vision
from detectors.catalogue import Catalogue
from detectors.types import Look, Scene
from models.picture import UnreadablePicture, decode_jpeg
from models.session import DetectorSession
from models.types import Detections
from pipelines import codec, topics
from pipelines.errors import BadMessage
from pipelines.gateways.capture.health import picture_health
from pipelines.gateways.capture.types import FrameMessage
from pipelines.gateways.capture.types import decode as decode_frame
from pipelines.registry.snapshot import Registry
from pipelines.stage import Copy, Count, Effect, Emit, Message, Outcome, Refuse

EARLIEST_MS = 1_262_304_000_000  # 2010: a camera that says less has lost its clock
LATEST_MS = 4_102_444_800_000  # 2100
AHEAD_MS = 5 * 60 * 1000
"""A frame this far ahead of its own sending would make the camera blind until then."""
COLUMNS = ("timestamptz", "text", "int2", "float4", "float4", "float4", "text")


@dataclass(slots=True)
class FramesState:
    """Rule state and newest frame by camera id."""

    cameras: dict[str, vision.CameraState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Picture:
    frame: FrameMessage
    scene: Scene
    pixels: NDArray[np.uint8]


class FramesStage:
    """Judges frames by the rules over pictures."""

    name = "frames"
    topic = topics.FRAMES

    def __init__(self, registry: Registry, catalogue: Catalogue, session: DetectorSession) -> None:
        self._registry = registry
        self._catalogue = catalogue
        self._session = session
        self._one_at_a_time = asyncio.Lock()

    def load(self, stored: Mapping[str, bytes]) -> FramesState:
        """Rebuilds a partition's state, one entry a camera."""
        return FramesState({camera: vision.decode_camera(v) for camera, v in stored.items()})

    async def handle(
        self, state: FramesState, messages: Sequence[Message], *, now_ms: int
    ) -> Outcome:
        """Judges a run of frames of one partition. Wall clock is not used."""
        del now_ms
        outcome = Outcome()
        async with self._one_at_a_time:  # a session takes one batch at a time
            seen = await asyncio.to_thread(self._see, messages, outcome)
        rows = []
        for frame, scene, look in seen:
            before = state.cameras.get(frame.camera_id)
            if before is None or look.time_ms > before.last_ms:
                rows.append(_row(frame, look))
            outcome.effects += self._judge(state, frame, scene, look)
        for camera in {frame.camera_id for frame, _, _ in seen}:
            outcome.changed[camera] = vision.encode_camera(state.cameras[camera])
        if repeated := len(seen) - len(rows):  # sent again by a capture node
            outcome.effects.append(Count("frames_repeated", repeated))
        if rows:
            outcome.effects.append(Copy("frames_copy", COLUMNS, rows))
            outcome.effects.append(Count("frames_judged", len(rows)))
        return outcome

    def _see(
        self, messages: Sequence[Message], outcome: Outcome
    ) -> list[tuple[FrameMessage, Scene, Look]]:
        """Decodes, detects and measures, in a thread: nothing of it may hold up other stages."""
        pictures: list[_Picture] = []
        for message in messages:
            try:
                frame = decode_frame(message.value)
                if isinstance(frame, FrameMessage):
                    pictures.append(self._open(frame))
            except BadMessage as error:
                outcome.effects.append(Refuse(message, error, message.value))
        found = self._session.detect([picture.pixels for picture in pictures])
        return [
            (picture.frame, picture.scene, _look(picture, persons))
            for picture, persons in zip(pictures, found, strict=True)
        ]

    def _open(self, frame: FrameMessage) -> _Picture:
        if frame.camera_id not in self._registry.scenes:
            raise BadMessage("unknown_camera", f"{frame.camera_id} is not registered")
        if hashlib.sha256(frame.jpeg).hexdigest() != frame.sha256:
            raise BadMessage("digest_mismatch", f"frame {frame.seq} is not what was captured")
        if not EARLIEST_MS <= frame.time_ms < LATEST_MS:
            raise BadMessage("absurd_time", f"frame {frame.seq} is of {frame.time_ms}")
        if frame.logged_ms and frame.time_ms > frame.logged_ms + AHEAD_MS:
            raise BadMessage("in_the_future", f"frame {frame.seq} is of {frame.time_ms}")
        scene = self._registry.scene_of(frame.camera_id, frame.time_ms)
        if scene is None:
            raise BadMessage("not_placed", f"{frame.camera_id} stood nowhere at {frame.time_ms}")
        try:
            return _Picture(frame, scene, decode_jpeg(frame.jpeg))
        except UnreadablePicture as error:
            raise BadMessage("unreadable_picture", str(error)) from error

    def _judge(
        self, state: FramesState, frame: FrameMessage, scene: Scene, look: Look
    ) -> list[Effect]:
        before = state.cameras.get(frame.camera_id)
        state.cameras[frame.camera_id], signals = vision.step_camera(
            before, look, scene, self._catalogue
        )
        return [
            Emit(
                topics.SIGNALS,
                signal.site_id.encode(),
                codec.encode(codec.SignalMessage(signal=signal, input_at_ms=frame.logged_ms)),
            )
            for signal in signals
        ]


def _look(picture: _Picture, persons: Detections) -> Look:
    height, width = picture.pixels.shape[:2]
    return Look(
        time_ms=picture.frame.time_ms,
        width_px=width,
        height_px=height,
        persons=persons,
        health=picture_health(picture.pixels),
    )


def _row(frame: FrameMessage, look: Look) -> tuple[object, ...]:
    health = look.health
    time = datetime.fromtimestamp(look.time_ms / 1000, UTC)
    people = len(look.persons)
    return (
        time, frame.camera_id, people, health.brightness, health.contrast, health.sharpness,
        frame.sha256,
    )  # fmt: skip
