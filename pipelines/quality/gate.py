"""The gate: judges a manifest by the points that OFF-13 and OFF-16 ask for. Pure.

Nothing is decoded: what is judged was measured when pictures were looked at, packets copied and
readings taken in. A point that fails tells one reason each time it is in the list; a point that
holds is there once with all that was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from pipelines.evidence.canonical import number
from pipelines.evidence.manifest import Manifest, Point
from pipelines.quality import filmed, measured
from pipelines.quality.around import Around
from pipelines.quality.criteria import POINTS, Criteria, criteria
from pipelines.quality.judged import Judged, Judgement

CAMERA = "camera"


def points(manifest: Manifest, around: Around, data: Criteria | None = None) -> list[Point]:
    """Every point, in the order of ``POINTS``.

    Args:
        manifest: all of it but ``quality``, which is not looked at.
        around: what was known at sealing beside it.
        data: limits; the bundled ones when left out.
    """
    data = data or criteria()
    room = filmed if manifest.where.device_kind == CAMERA else measured
    judged: dict[str, Judged] = {
        **room.judge(manifest, around, data),
        "time": _time(manifest, around, data),
        "place": _place(around),
        "act": _act(manifest),
    }
    return [point for code in POINTS for point in _points(code, judged[code])]


class _Judged(msgspec.Struct, frozen=True):
    """What is read of a manifest of any format: the points, where it has them."""

    quality: list[Point] = []


def sealed_points(manifest: bytes) -> list[Point]:
    """The points as they were sealed; none where the manifest has none or cannot be read."""
    try:
        return msgspec.json.decode(manifest, type=_Judged).quality
    except msgspec.DecodeError:
        return []


def failing(found: Iterable[Point]) -> list[Point]:
    """The points that do not hold."""
    return [point for point in found if not point.holds]


def hindering(found: Iterable[Point], data: Criteria | None = None) -> list[Point]:
    """Failing points that keep a finding from becoming a case: all but advice."""
    data = data or criteria()
    reasons = [(point, data.of(point.code, point.reason)) for point in failing(found)]
    return [point for point, reason in reasons if reason is None or not reason.advice]


def _points(code: str, judged: Judged) -> list[Point]:
    if not judged.reasons:
        return [Point(code=code, holds=True, measured=judged.measured)]
    return [
        Point(code=code, holds=False, measured=judged.measured, reason=reason)
        for reason in judged.reasons
    ]


def _time(manifest: Manifest, around: Around, data: Criteria) -> Judged:
    judgement, when = Judgement(), manifest.when
    limit, offset, uncertainty = (
        data.limits.clock_max_ms.value, when.clock_offset_ms, when.clock_uncertainty_ms,
    )  # fmt: skip
    judgement.note(offset_ms=offset, uncertainty_ms=uncertainty, limit_ms=limit)
    judgement.fails("clock_unchecked", when=not when.clock_document)
    judgement.fails("clock_off", when=offset is not None and abs(offset) > limit)
    judgement.fails("uncertainty_unknown", when=uncertainty is None)
    if uncertainty is not None and manifest.where.device_kind == CAMERA:
        judgement.fails("uncertain", when=uncertainty > limit)
    elif uncertainty is not None:  # by arrivals alone: messages may wait without being untimely
        judgement.fails("unconfirmed", when=uncertainty > data.limits.arrival_max_ms.value)
    alerts = [rule for rule in around.device_alerts if rule in data.disturbs.clock]
    judgement.say("alerts", alerts)
    judgement.fails("clock_alert", when=bool(alerts))
    return judgement.done()


def _place(around: Around) -> Judged:
    judgement = Judgement()
    judgement.say("point", [around.point_id] if around.point_id else [])
    judgement.fails("not_placed", when=not around.point_id)
    judgement.fails("location_unpublished", when=bool(around.point_id) and not around.published)
    return judgement.done()


def _act(manifest: Manifest) -> Judged:
    judgement, law, told = Judgement(), manifest.rule.law, manifest.measured
    judgement.say("rule", [f"{manifest.rule.id}@{manifest.rule.version}"])
    judgement.say("law", [f"{law.name} {law.article}".strip()] if law.known else [])
    judgement.fails("law_unknown", when=not (law.known and law.name))
    judgement.measured |= {
        name: value
        for name, value in (("value", told.value), ("low", told.low), ("high", told.high))
        if value is not None
    }
    judgement.fails("nothing_measured", when=told.value is None and not told.inputs)
    bounds = told.low is not None or told.high is not None
    judgement.fails("no_threshold", when=not (bounds or _figures(manifest.thresholds)))
    return judgement.done()


def _figures(thresholds: Mapping[str, str]) -> bool:
    """Whether any of a rule's parameters is a figure to judge by."""
    return any(
        value.lstrip("-")[:1].isdigit() and value != number(0) for value in thresholds.values()
    )
