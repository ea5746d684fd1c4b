"""Owns what an officer is shown of an alert's evidence: its quality, its reviews, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.texts import Language, name_of
from dashboards.triage.site import Site
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import Point
from pipelines.quality.checklist import KINDS, Kind, Question, checklist, doubted
from pipelines.quality.criteria import Reason, criteria
from pipelines.quality.gate import failing, sealed_points
from pipelines.quality.read import reviews_of
from pipelines.quality.review import Review, missing, other, standing
from pipelines.quality.sign import NotYours, check_may
from pipelines.store.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A point that does not hold, with what is known of its reason."""

    point: Point
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The state of the reviews of one alert's evidence, for one officer.

    Attributes:
        points: all of them, as sealed.
        failing: those that do not hold.
        stand: the review in force of each kind.
        former: those replaced, or of evidence that was sealed anew since.
        untrusted: what is wrong with reviews whose signature does not fit.
        may: kinds this officer may sign now; of the others ``why_not`` says why.
        waits: the alert is confirmed and no case was made: what is missing decides.
    """

    alert_id: str
    manifest_sha256: str
    points: list[Point]
    failing: list[Failing]
    stand: dict[Kind, Review]
    former: list[Review]
    untrusted: list[str]
    missing: list[Kind]
    may: list[Kind]
    why_not: dict[Kind, str]
    waits: bool

    def begins_with_no(self, question: Question) -> bool:
        """Whether a point that hinders a case speaks against a question."""
        return doubted(question, self.points)

    def against(self, question: Question, language: Language) -> str:
        """What the gate found against a question, in words."""
        return "; ".join(
            words_of(one, language) for one in self.failing if one.point.code in question.points
        )


async def reviewed_of(site: Site, officer_id: str, alert_id: str) -> Reviewed | None:
    """The reviews of an alert; None when nothing is sealed that officers may see."""
    sealed = await site.database.row("quality_sealed", alert_id=alert_id)
    officer = await site.database.row("quality_officer", officer_id=officer_id)
    if sealed is None or officer is None:
        return None
    signed, untrusted = await reviews_of(
        site.database, alert_id, Keys(site.settings.keys).public_pem
    )
    stand = standing(signed, sealed["manifest_sha256"])
    points = sealed_points(bytes(sealed["manifest"]))
    why_not = {kind: why for kind in KINDS if (why := _why_not(kind, officer, sealed, stand))}
    case = await site.database.row("cases_of_alert", alert_id=alert_id)
    return Reviewed(
        alert_id=alert_id,
        manifest_sha256=sealed["manifest_sha256"],
        points=points,
        failing=[
            Failing(point=point, reason=criteria().of(point.code, point.reason))
            for point in failing(points)
        ],
        stand=stand,
        former=[one for one in reversed(signed) if one is not stand.get(one.kind)],
        untrusted=untrusted,
        missing=missing(stand),
        may=[kind for kind in KINDS if kind not in why_not],
        why_not=why_not,
        waits=sealed["state"] == "confirmed" and case is None,
    )


def words_of(found: Failing, language: Language) -> str:
    """What fails and what was measured, in one sentence."""
    point, reason = found.point, found.reason
    said = f"{point.code} {point.reason}"
    if reason is not None:
        said = reason.said.zh if language == "zh" else reason.said.en
    figures = ", ".join(
        f"{name_of(language, 'measured', name)} {value}" for name, value in point.measured.items()
    )
    open_, shut = ("（", "）") if language == "zh" else (" (", ")")
    return f"{said}{open_}{figures}{shut}" if figures else said


def questions(kind: Kind) -> list[Question]:
    """What a review of this kind asks."""
    return checklist().of(kind)


def _why_not(kind: Kind, officer: Row, sealed: Row, stand: dict[Kind, Review]) -> str:
    try:
        check_may(kind, officer, sealed)
    except NotYours as error:
        return error.why
    theirs = stand.get(other(kind))
    same = theirs is not None and theirs.officer_id == officer["officer_id"]
    return "same_person" if same else ""
