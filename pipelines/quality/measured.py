"""Judges the points of a sensor's evidence: its values, their course, their raw messages. Pure."""

from __future__ import annotations

from itertools import pairwise

from pipelines.evidence.manifest import Manifest
from pipelines.quality.around import Around, Course
from pipelines.quality.criteria import Criteria, Limits
from pipelines.quality.filmed import party_known
from pipelines.quality.judged import Judged, Judgement

_BY_ROLE = {"readings": "no_readings", "raw": "no_raw"}
_BY_FINDING = {
    "digest_mismatch": "raw_changed",
    "raw_omitted": "raw_omitted",
    "no_readings": "no_readings",
}


def judge(manifest: Manifest, around: Around, data: Criteria) -> dict[str, Judged]:
    """Clear, continuous, stable, complete and subject of a sensor's alert."""
    return {
        "clear": _clear(around.course, data.limits),
        "continuous": _continuous(manifest, around.course, data.limits),
        "stable": _stable(around, data),
        "complete": _complete(manifest),
        "subject": _subject(manifest, around.course),
    }


def _clear(course: Course | None, limits: Limits) -> Judged:
    judgement = Judgement()
    if course is None:  # a rule over several series, or over their absence: inputs tell
        return judgement.done()
    values = course.values
    flagged = sum(1 for _, _, flag in values if flag)
    low, high = course.possible
    beyond = sum(1 for _, value, flag in values if not flag and not low <= value <= high)
    good = len(values) - flagged - beyond
    share = flagged / len(values) if values else 0.0
    judgement.note(values=len(values), flagged_share=share, beyond_range=beyond)
    judgement.fails("flagged", when=share > limits.flagged_max_share.value)
    judgement.fails("out_of_range", when=beyond > 0)
    few = good < (limits.readings_min_n.value if course.interval_s else 1)
    judgement.fails("few_readings", when=few)
    return judgement.done()


def _continuous(manifest: Manifest, course: Course | None, limits: Limits) -> Judged:
    judgement = Judgement()
    if course is None or not course.interval_s:
        return judgement.done()
    times = [time_ms for time_ms, _, _ in course.values]
    interval_ms = course.interval_s * 1000
    span_ms = manifest.when.detected_ms - manifest.when.start_ms
    expected = int(span_ms // interval_ms)
    missing = max(0, expected - len(set(times)))
    share = missing / expected if expected else 0.0
    longest = max((b - a for a, b in pairwise(times)), default=0) / interval_ms
    judgement.note(expected=expected, missing_share=share, longest_step_intervals=longest)
    long = longest > limits.step_max_intervals.value
    judgement.fails("samples_missing", when=long or share > limits.missing_max_share.value)
    return judgement.done()


def _stable(around: Around, data: Criteria) -> Judged:
    judgement = Judgement()
    alerts = [rule for rule in around.device_alerts if rule in data.disturbs.sensor]
    judgement.say("alerts", alerts)
    judgement.fails("device_alert", when=bool(alerts))
    judgement.fails("under_maintenance", when=around.maintained)
    return judgement.done()


def _complete(manifest: Manifest) -> Judged:
    judgement = Judgement()
    counts = {role: sum(1 for o in manifest.objects if o.role == role) for role in _BY_ROLE}
    judgement.note(**{f"{role}_objects": count for role, count in counts.items()})
    reasons = [_BY_ROLE[role] for role, count in counts.items() if not count]
    reasons += [_BY_FINDING[f.kind] for f in manifest.findings if f.kind in _BY_FINDING]
    for reason in dict.fromkeys(reasons):
        judgement.fails(reason, when=True)
    return judgement.done()


def _subject(manifest: Manifest, course: Course | None) -> Judged:
    judgement = Judgement()
    judgement.say("quantity", [course.quantity] if course and course.quantity else [])
    judgement.say("device", [manifest.where.device_id])
    judgement.say("party", [manifest.where.uscc])
    judgement.fails("party_unknown", when=not party_known(manifest))
    series = manifest.measured.series_id is not None
    judgement.fails("series_unknown", when=series and not (course and course.quantity))
    return judgement.done()
