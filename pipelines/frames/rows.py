"""Owns the rows that frames and events leave behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from detectors.types import FaceCover, Look, Signal
from pipelines import codec, topics
from pipelines.gateways.capture.types import CameraEvent, FrameMessage
from pipelines.stage import Copy, Emit, Save
from pipelines.transparency.leaf import Kind, Leaf, logged

COLUMNS = (
    "timestamptz", "text", "int2", "float4", "float4", "float4", "text", "int2", "int2", "int2",
    "float4", "text",
)  # fmt: skip
DETAIL_CHARACTERS = 500
Row = tuple[object, ...]


def observed(frame: FrameMessage, look: Look, model: str) -> Row:
    """What is stored of a frame that was judged, in the order of ``frames_copy``."""
    health = look.health
    covers = np.bincount(look.faces.class_id, minlength=len(FaceCover)).tolist()
    return (
        datetime.fromtimestamp(look.time_ms / 1000, UTC), frame.camera_id, len(look.persons),
        health.brightness, health.contrast, health.sharpness, frame.sha256,
        covers[FaceCover.MASK], covers[FaceCover.NO_MASK], covers[FaceCover.BADLY_WORN],
        _tallest_px(look), model,
    )  # fmt: skip


def _tallest_px(look: Look) -> float | None:
    """Height of the tallest person found: what the quality gate of evidence goes by."""
    boxes = look.persons.boxes_xyxy
    return float((boxes[:, 3] - boxes[:, 1]).max()) if len(boxes) else None


def stored(rows: Sequence[Row]) -> Copy:
    """The rows of a run."""
    return Copy("frames_copy", COLUMNS, rows)


def judged(frames: Mapping[tuple[str, str], Sequence[tuple[int, str]]]) -> Save:
    """Leaves that tell which pictures were judged.

    Args:
        frames: time (epoch ms) and digest of each, by camera and model.
    """
    return logged(
        *(
            Leaf(
                kind=Kind.FRAMES, subject=camera_id, at_ms=looks[-1][0],
                body={"model": model, "frames": looks},
            )
            for (camera_id, model), looks in frames.items()
        )
    )  # fmt: skip


def befell(event: CameraEvent) -> Save:
    """An event's row; the same one again changes nothing."""
    return Save(
        "frames_event",
        {
            "camera_id": event.camera_id,
            "at_ms": event.time_ms,
            "what": event.what,
            "inputs": event.inputs,
            "detail": event.detail.replace("\0", "\N{SYMBOL FOR NULL}")[:DETAIL_CHARACTERS],
        },
    )


def sent(signal: Signal, input_at_ms: int) -> Emit:
    """A signal on its way."""
    wire = codec.SignalMessage(signal=signal, input_at_ms=input_at_ms)
    return Emit(topics.SIGNALS, signal.site_id.encode(), codec.encode(wire))
