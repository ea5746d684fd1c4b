"""Owns what a capture node takes, sends and reports. Must not do anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, cast

import msgspec

from pipelines import codec
from pipelines.errors import BadMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSource:
    """One camera, or a file that stands for one.

    Attributes:
        url: path, or http(s) or rtsp address; may hold a password, so never logged as it is.
        start_ms: UTC of the first frame, for files; None takes the wall clock, for live streams.
        frame_width_px: most that a sent picture is wide.
        keyframes_when_still: decode keyframes only while nothing moves (where they come at least
            every 1.25 s): decoding costs a fraction, and motion is seen up to a keyframe later.
        sub_url: the sub-stream that is decoded and looked at; None looks at the main one.
        masks: polygons (shares of width and height) painted over before a picture leaves the node.
        masked_by_camera: the camera masks its own streams: the main one may be recorded as it is.
    """

    camera_id: str
    url: str
    sub_url: str | None = None
    masks: tuple[tuple[tuple[float, float], ...], ...] = ()
    masked_by_camera: bool = False
    start_ms: int | None = None
    frame_width_px: int = 640
    jpeg_quality: int = 80
    keyframes_when_still: bool = True


class FrameMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="frame"):
    """A small picture as it travels on the ``frames`` topic.

    Attributes:
        time_ms: presentation time, epoch ms UTC.
        seq: counts the pictures made since the capture began; a hole is a dropped one.
        reason: ``motion``, or ``timed`` for a look that goes out whether or not something moves.
        sha256: hex digest of ``jpeg``, taken as it was made.
        changed_share: share (0 to 1) of the picture that moved.
        logged_ms: wall clock when handed to the log: for latency, and to refuse the future.
        clock_offset_ms: the camera's own clock minus UTC, where the camera tells it.
        clock_uncertainty_ms: half the width of what ``time_ms`` (and the offset) may be.
    """

    v: int = codec.VERSION
    camera_id: str
    time_ms: int
    seq: int
    reason: Literal["motion", "timed"]
    jpeg: bytes
    sha256: str
    changed_share: float
    width_px: int
    height_px: int
    logged_ms: int = 0
    clock_offset_ms: int | None = None
    clock_uncertainty_ms: int = 0


class CameraEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="event"):
    """Something that befell a camera or its node, in order with its pictures.

    Attributes:
        what: ``cut_off``, ``restored``, ``clock_jumped``, ``clock_drifts``, ``storage_low``,
            ``storage_full``, or ``ended`` of a film that stood for a camera.
        inputs: the figures behind it, name to number.
        detail: for people; holds no password.
    """

    v: int = codec.VERSION
    camera_id: str
    time_ms: int
    what: str
    inputs: dict[str, float] = {}
    detail: str = ""
    logged_ms: int = 0


class ClockNote(msgspec.Struct, frozen=True, kw_only=True):
    """How a connection's time was mapped to UTC; written again as more is known.

    Attributes:
        stream: ``main`` or ``sub``.
        since_ms: UTC of the time line's first packet.
        at_ms: when this was so.
        offset_ms: the camera's own clock minus UTC; None where it does not tell.
        uncertainty_ms: half the width of what a time may be, by how unevenly packets came.
        drift_ppm: how much faster the stream's time runs than UTC; None before ten minutes.
    """

    camera_id: str
    stream: Literal["main", "sub"]
    since_ms: int
    at_ms: int
    offset_ms: int | None
    uncertainty_ms: int
    drift_ppm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How patient a capture is with a live camera.

    Attributes:
        timeout_s: of opening and of each read, after which a camera counts as lost.
        first_wait_s: before the first new attempt; doubled up to ``longest_wait_s``.
        cut_off_s: lost for so long, a camera is said to be cut off.
        held_back_s: a gap is told only up to so long ago: many cameras send the seconds before a
            connection along with it.
    """

    timeout_s: float = 10.0
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    cut_off_s: float = 10.0
    held_back_s: float = 5.0


class FramesTick(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="tick"):
    """Says to every partition of ``frames`` that time has passed, also where no camera speaks."""

    v: int = codec.VERSION
    time_ms: int


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of a running capture, for metrics; every counter has one writing thread.

    Attributes:
        frames_still: analysed frames that were not sent because nothing moved.
        frames_alike: analysed frames that were not sent because something moved on, within a
            second and near to where the last sent one shows it.
        dropped: by cause: ``sender behind``, ``decoder behind`` (packets), ``undecodable``
            (packets), ``before keyframe`` (packets that could not be recorded after a gap).
    """

    packets: int = 0
    parts: int = 0
    gaps: int = 0
    frames_decoded: int = 0
    frames_sent: int = 0
    frames_still: int = 0
    frames_alike: int = 0
    reconnects: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureReport:
    """What a capture did; see ``Tally`` for the counters.

    Attributes:
        ended: ``end of file``, ``truncated`` or ``stopped``.
        detail: for people, e.g. how much of a truncated file was there.
    """

    camera_id: str
    packets: int
    parts: int
    gaps: int
    frames_decoded: int
    frames_sent: int
    frames_still: int
    frames_alike: int
    reconnects: int
    dropped: dict[str, int]
    ended: str
    detail: str


FramesMessage = FrameMessage | CameraEvent | FramesTick
"""What travels on the ``frames`` topic."""


def encode(message: FramesMessage) -> bytes:
    """The message as MessagePack."""
    return msgspec.msgpack.encode(message)


def decode(data: bytes) -> FramesMessage:
    """Parses a message from the ``frames`` topic; the picture itself is not opened.

    Raises:
        BadMessage: not MessagePack, none of the kinds, or an unknown version.
    """
    message = codec.decode(data, cast("type[FramesMessage]", FramesMessage))
    if isinstance(message, FrameMessage) and (message.width_px <= 0 or message.height_px <= 0):
        raise BadMessage("undecodable", f"a picture of {message.width_px}x{message.height_px} px")
    return message
