"""A good camera alert and a good sensor alert, to be spoilt one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from pipelines.evidence.manifest import (
    Coverage,
    Law,
    Look,
    Manifest,
    Measured,
    Rule,
    SealedObject,
    Span,
    Standing,
    When,
    Where,
)
from pipelines.quality.around import Around, Course, Shape, Sight

T = TypeVar("T", Around, Course, Shape, Sight)
T0 = 1_760_000_000_000
USCC = "113307023369256057"


def seen(**changes: Any) -> Sight:
    """Judged looks of a good camera."""
    good = Sight(looks=40, brightness=110, contrast=45, sharpness=300, tallest_px=180)
    return _changed(good, changes)


def shape(**changes: Any) -> Shape:
    """A good clip: 30 s at 25 frames a second."""
    good = Shape(
        width_px=1920, height_px=1080, frames=750, usual_ms=40, longest_ms=41, uneven_share=0.01
    )
    return _changed(good, changes)


def course(**changes: Any) -> Course:
    """Ten minutes of a probe that speaks each minute."""
    values = tuple((T0 - 600_000 + minute * 60_000, 1.6, 0) for minute in range(11))
    good = Course(quantity="free_chlorine", interval_s=60, possible=(0.0, 20.0), values=values)
    return _changed(good, changes)


def around(**changes: Any) -> Around:
    """All is well around a camera's alert."""
    good = Around(
        sight=seen(), usual=seen(looks=300), shapes={"cam": shape()}, point_id="s/main",
        published=True,
    )  # fmt: skip
    return _changed(good, changes)


def around_probe(**changes: Any) -> Around:
    """All is well around a sensor's alert."""
    return _changed(Around(course=course(), point_id="s/main", published=True), changes)


def span(start_ms: int, end_ms: int) -> Span:
    """A gap, relative to the alert."""
    return Span(start_ms=T0 + start_ms, end_ms=T0 + end_ms, reason="not recorded")


def coverage(*gaps: Span, start_ms: int | None = -10_500, end_ms: int | None = 20_000) -> Coverage:
    """A camera's clip, relative to the alert; None for no clip."""
    return Coverage(
        camera_id="cam",
        clip="" if start_ms is None else "clip-cam.mp4",
        wanted_from_ms=T0 - 10_000,
        wanted_to_ms=T0 + 20_000,
        start_ms=None if start_ms is None else T0 + start_ms,
        end_ms=None if end_ms is None else T0 + end_ms,
        gaps=list(gaps),
        parts=["part-1", "part-2"],
    )


def thing(role: str, name: str, of: str = "") -> SealedObject:
    """A sealed object."""
    return SealedObject(
        role=role, name=name, sha256="a" * 64, sm3="b" * 64, size_bytes=1,
        media_type="application/octet-stream", derived_from=[of] if of else [],
    )  # fmt: skip


FILMED = [thing("clip", "clip-cam.mp4"), thing("poster", "poster-cam.jpg", "clip-cam.mp4")]
SAMPLED = [thing("raw", "raw-1.json"), thing("readings", "readings.csv", "raw-1.json")]


def filmed(**changes: Any) -> Manifest:
    """A person in a closed area, well filmed."""
    good = _manifest("camera", "person-in-closed-area", FILMED)
    look = Look(camera_id="cam", time_ms=T0, people=2, frame_sha256="f" * 64, model="m")
    filmed_well = {"footage": [coverage()], "looks": [look]}
    return msgspec.structs.replace(good, **(filmed_well | changes))


def sampled(**changes: Any) -> Manifest:
    """Chlorine over its limit, well measured."""
    return msgspec.structs.replace(_manifest("sensor", "pool-free-chlorine", SAMPLED), **changes)


def when(**changes: Any) -> When:
    """Times of a device whose clock was checked."""
    good = When(
        start_ms=T0 - 600_000, start="", detected_ms=T0, detected="", ended_ms=None,
        clock_offset_ms=40, clock_uncertainty_ms=50, clock_document="doc",
    )  # fmt: skip
    return msgspec.structs.replace(good, **changes)


def where(kind: str = "camera", **changes: Any) -> Where:
    """The premises of a party that is known."""
    good = Where(
        party_id="p", party_zh="泳馆", party_en="Pool", uscc=USCC, site_id="s", site_zh="主馆",
        site_en="Main", place="main", place_zh="主池", place_en="Main pool",
        device_id="cam" if kind == "camera" else "probe", device_kind=kind, device_model="m",
    )  # fmt: skip
    return msgspec.structs.replace(good, **changes)


def measured(**changes: Any) -> Measured:
    """A value beyond its limits."""
    good = Measured(
        series_id=None, unit="mg/L", value="1.6", low="0.3", high="1.0", inputs={"median": "1.6"}
    )
    return msgspec.structs.replace(good, **changes)


def _manifest(kind: str, rule_id: str, objects: list[SealedObject]) -> Manifest:
    law = Law(known=True, name="GB 37488-2019", article="4.4.1")
    return Manifest(
        evidence_id="e", alert_id="a", staged=False,
        rule=Rule(id=rule_id, version="1", severity="high", law=law),
        where=where(kind), when=when(),
        measured=measured(series_id=None if kind == "camera" else 1),
        standing=Standing(grade="evidence", reasons=[], papers=[]),
        objects=objects, footage=[], looks=[], model_sha256="", zones=[],
        thresholds={"lasts_s": "10.0"}, quality=[], findings=[], sealed_at_ms=T0, sealed_at="",
    )  # fmt: skip


def _changed(good: T, changes: dict[str, Any]) -> T:
    return replace(good, **changes)
