"""Judges the points of a camera's evidence: its pictures, its clip, who is to be seen. Pure."""

from __future__ import annotations

from stdnum.cn import uscc

from pipelines.evidence.manifest import Coverage, Manifest
from pipelines.quality.around import Around, Shape, Sight
from pipelines.quality.criteria import Criteria, Limits
from pipelines.quality.judged import Judged, Judgement


def judge(manifest: Manifest, around: Around, data: Criteria) -> dict[str, Judged]:
    """Clear, continuous, stable, complete and subject of a camera's alert."""
    camera = manifest.where.device_id
    coverage = next((c for c in manifest.footage if c.camera_id == camera), None)
    shape = around.shapes.get(camera)
    return {
        "clear": _clear(manifest, around, shape, data),
        "continuous": _continuous(coverage, shape, data.limits),
        "stable": _stable(around, shape, data),
        "complete": _complete(manifest, coverage, data.limits),
        "subject": _subject(manifest, data),
    }


def _clear(manifest: Manifest, around: Around, shape: Shape | None, data: Criteria) -> Judged:
    judgement, limits = Judgement(), data.limits
    if around.sight is None:
        judgement.fails("no_picture", when=True)
    else:
        _seen(judgement, around.sight, limits)
        _unlike(judgement, around.sight, around.usual, limits)
        small = around.sight.tallest_px
        judgement.note(tallest_px=small)
        wanted = data.shows.get(manifest.rule.id) == "person"
        least_px = limits.subject_min_px.value
        judgement.fails("subject_small", when=wanted and small is not None and small < least_px)
    if shape is None:
        judgement.fails("resolution_unknown", when=any(c.clip for c in manifest.footage))
    else:
        judgement.note(width_px=shape.width_px, height_px=shape.height_px)
        short = min(shape.width_px, shape.height_px)
        judgement.fails("low_resolution", when=short < limits.short_side_min_px.value)
    return judgement.done()


def _seen(judgement: Judgement, sight: Sight, limits: Limits) -> None:
    judgement.note(
        looks=sight.looks,
        brightness_luma=sight.brightness,
        contrast_luma=sight.contrast,
        sharpness_luma2=sight.sharpness,
    )
    judgement.fails("too_dark", when=sight.brightness < limits.brightness_min_luma.value)
    judgement.fails("too_bright", when=sight.brightness > limits.brightness_max_luma.value)
    judgement.fails("low_contrast", when=sight.contrast < limits.contrast_min_luma.value)
    judgement.fails("blurred", when=sight.sharpness < limits.sharpness_min_luma2.value)


def _unlike(judgement: Judgement, sight: Sight, usual: Sight | None, limits: Limits) -> None:
    if usual is None or usual.looks < limits.usual_min_n.value:
        return
    judgement.note(usual_sharpness_luma2=usual.sharpness, usual_contrast_luma=usual.contrast)
    lost = sight.sharpness < limits.sharpness_min_share.value * usual.sharpness
    faint = sight.contrast < limits.contrast_min_share.value * usual.contrast
    judgement.fails("unlike_usual", when=lost or faint)


def _continuous(coverage: Coverage | None, shape: Shape | None, limits: Limits) -> Judged:
    judgement = Judgement()
    if coverage is None or coverage.start_ms is None or coverage.end_ms is None:
        judgement.fails("no_clip", when=True)
        return judgement.done()
    first, last = coverage.start_ms, coverage.end_ms
    inside = [gap for gap in coverage.gaps if gap.start_ms < last and gap.end_ms > first]
    missing_ms = sum(min(gap.end_ms, last) - max(gap.start_ms, first) for gap in inside)
    judgement.note(parts=len(coverage.parts), gaps=len(inside), missing_ms=missing_ms)
    judgement.fails("gap_inside", when=bool(inside))
    if shape is not None:
        judgement.note(longest_step_ms=shape.longest_ms, frames=shape.frames)
        judgement.fails("step_too_long", when=shape.longest_ms > limits.gap_max_ms.value)
    return judgement.done()


def _stable(around: Around, shape: Shape | None, data: Criteria) -> Judged:
    judgement = Judgement()
    events = [what for what in around.events if what in data.disturbs.events]
    alerts = [rule for rule in around.device_alerts if rule in data.disturbs.camera]
    judgement.say("events", events)
    judgement.say("alerts", alerts)
    judgement.fails("camera_event", when=bool(events))
    judgement.fails("device_alert", when=bool(alerts))
    judgement.fails("under_maintenance", when=around.maintained)
    if shape is not None:
        judgement.note(usual_step_ms=shape.usual_ms, uneven_share=shape.uneven_share)
        uneven = shape.uneven_share > data.limits.uneven_max_share.value
        judgement.fails("uneven_frames", when=uneven)
    return judgement.done()


def _complete(manifest: Manifest, coverage: Coverage | None, limits: Limits) -> Judged:
    judgement = Judgement()
    if coverage is None or coverage.start_ms is None or coverage.end_ms is None:
        judgement.fails("no_clip", when=True)
        return judgement.done()
    early_ms = max(0, coverage.start_ms - coverage.wanted_from_ms)
    late_ms = max(0, coverage.wanted_to_ms - coverage.end_ms)
    judgement.note(
        wanted_ms=coverage.wanted_to_ms - coverage.wanted_from_ms,
        lacks_before_ms=early_ms,
        lacks_after_ms=late_ms,
    )
    judgement.fails("span_short", when=max(early_ms, late_ms) > limits.edge_max_ms.value)
    posters = [
        o for o in manifest.objects if o.role == "poster" and coverage.clip in o.derived_from
    ]
    judgement.fails("no_poster", when=not posters)
    return judgement.done()


def _subject(manifest: Manifest, data: Criteria) -> Judged:
    judgement = Judgement()
    people = max((look.people for look in manifest.looks), default=0)
    judgement.note(people=people)
    judgement.say("zones", [zone.zone_id for zone in manifest.zones])
    judgement.say("party", [manifest.where.uscc])
    judgement.fails("party_unknown", when=not party_known(manifest))
    wanted = data.shows.get(manifest.rule.id) == "person"
    judgement.fails("nobody_seen", when=wanted and people == 0)
    return judgement.done()


def party_known(manifest: Manifest) -> bool:
    """Whether the party has a name and a valid unified social credit code (GB 32100-2015)."""
    where = manifest.where
    return bool(where.party_zh or where.party_en) and bool(uscc.is_valid(where.uscc))
