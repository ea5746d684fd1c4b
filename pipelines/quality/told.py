"""Owns telling quality and reviews in lines for a terminal, in both languages. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.evidence.manifest import Point
from pipelines.quality.checklist import KINDS
from pipelines.quality.criteria import criteria
from pipelines.quality.gate import failing
from pipelines.quality.review import Review, standing


def quality_lines(points: Iterable[Point]) -> list[str]:
    """One line for what fails, one for what to do, each time; one line when all holds."""
    judged = list(points)
    if not judged:
        return ["quality 质量: never judged 未判定"]
    lines = []
    for point in failing(judged):
        reason = criteria().of(point.code, point.reason)
        figures = ", ".join(f"{name} {value}" for name, value in point.measured.items())
        said = f"{reason.said.en} {reason.said.zh}" if reason else point.reason
        word = "advice 提示" if reason and reason.advice else "FAILS 不符合"
        lines.append(f"{point.code}: {word}: {said}" + (f" ({figures})" if figures else ""))
        if reason:
            lines.append(f"   what to do 补救: {reason.mend.en} {reason.mend.zh}")
    return lines or ["quality 质量: every point holds 全部符合"]


def review_lines(reviews: Iterable[Review], manifest_sha256: str) -> list[str]:
    """One line for each kind of review: who signed what stands, and when."""
    stand = standing(reviews, manifest_sha256)
    lines = []
    for kind in KINDS:
        one = stand.get(kind)
        if one is None:
            lines.append(f"{kind} review: not signed 未审核")
        else:
            verdict = "passed 通过" if one.passed else "NOT PASSED 不通过"
            who = f"{one.officer_zh} {one.officer_en} ({one.officer_id}, {one.role})"
            lines.append(f"{kind} review: {verdict}, {who}, {one.at} {one.words}".rstrip())
    return lines
