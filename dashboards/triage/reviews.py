"""Owns the forms and the JSON by which officers review sealed evidence and sign for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

import msgspec
from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from dashboards.triage.access_door import require_alert
from dashboards.triage.pages import page
from dashboards.triage.reviewed import Reviewed, questions, reviewed_of
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.evidence.keys import Keys
from pipelines.quality.checklist import KINDS, Kind
from pipelines.quality.criteria import criteria
from pipelines.quality.gate import hindering
from pipelines.quality.review import WORDS_LIMIT, Answer, BadReview, Review
from pipelines.quality.sign import Draft, NoSuchEvidence, NotYours, Signed, StaleEvidence, sign

router = APIRouter(tags=["reviews"])


class AnswerIn(BaseModel):
    """One answer; ``no`` and ``na`` (not applicable) need words."""

    question: str = Field(max_length=64)
    answer: Literal["yes", "no", "na"]
    words: str = Field("", max_length=WORDS_LIMIT)


class ReviewIn(BaseModel):
    """A review to sign; ``manifest_sha256`` is that of the evidence looked at."""

    kind: Kind
    manifest_sha256: str = Field(max_length=64)
    answers: list[AnswerIn] = Field(max_length=100)
    passed: bool
    words: str = Field("", max_length=WORDS_LIMIT)


class ReviewOut(BaseModel):
    """What came of it; ``repeated`` when the same review stood already."""

    review_id: str
    repeated: bool


@router.get("/api/alerts/{alert_id}/reviews")
async def get_reviews(site: TheSite, officer: TheOfficer, alert_id: str) -> dict[str, Any]:
    """Quality, questions and reviews of an alert's evidence, and what this officer may sign."""
    return _wire(await _reviewed(site, officer, alert_id))


@router.post("/api/alerts/{alert_id}/reviews")
async def post_review(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    alert_id: str,
    review: ReviewIn,
    x_csrf_token: Annotated[str, Header()] = "",
) -> ReviewOut:
    """Signs. 403 role or unit, 404 nothing sealed, 409 same person or other evidence, 422."""
    check_csrf(request, x_csrf_token)
    draft = Draft(
        kind=review.kind,
        alert_id=alert_id,
        manifest_sha256=review.manifest_sha256,
        officer_id=officer.officer_id,
        answers=[Answer(**answer.model_dump()) for answer in review.answers],
        passed=review.passed,
        words=review.words,
    )
    try:
        signed = await _sign(site, draft)
    except _Refused as refused:
        raise HTTPException(refused.status, refused.code) from refused
    return ReviewOut(review_id=signed.review_id, repeated=signed.repeated)


@router.get("/alerts/{alert_id}/reviews/{kind}", include_in_schema=False)
async def show(
    request: Request, site: TheSite, officer: TheOfficer, alert_id: str, kind: Kind
) -> HTMLResponse:
    """The form of one review."""
    return await _form(request, site, officer, alert_id, kind)


@router.post("/alerts/{alert_id}/reviews/{kind}", include_in_schema=False)
async def put(
    request: Request, site: TheSite, officer: TheOfficer, alert_id: str, kind: Kind
) -> Response:
    """Signs what the form says, or shows it again with what is wrong."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    check_csrf(request, form.get("csrf", ""))
    try:
        await _sign(site, _draft(kind, alert_id, officer, form))
    except _Refused as refused:
        return await _form(
            request, site, officer, alert_id, kind,
            status=refused.status, problem=refused.code, tried=form,
        )  # fmt: skip
    return RedirectResponse(f"/alerts/{alert_id}#reviews", status_code=303)


class _Refused(Exception):
    """A review that was not signed, as HTTP tells it."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


async def _sign(site: Site, draft: Draft) -> Signed:
    try:
        return await sign(site.database, Keys(site.settings.keys), draft, now_ms=site.clock())
    except BadReview as error:
        raise _Refused(422, error.code) from error
    except NoSuchEvidence as error:
        raise _Refused(404, "no_such_evidence") from error
    except StaleEvidence as error:
        raise _Refused(409, "stale_evidence") from error
    except NotYours as error:
        status = 409 if error.why == "same_person" else 403
        raise _Refused(status, error.why) from error


async def _reviewed(site: Site, officer: Officer, alert_id: str) -> Reviewed:
    await require_alert(site, officer, Action.LIST, alert_id)
    found = await reviewed_of(site, officer.officer_id, alert_id)
    if found is None:
        raise HTTPException(404, "no_such_evidence")
    return found


async def _form(
    request: Request,
    site: Site,
    officer: Officer,
    alert_id: str,
    kind: Kind,
    *,
    status: int = 200,
    problem: str = "",
    tried: Mapping[str, str] | None = None,
) -> HTMLResponse:
    reviewed = await _reviewed(site, officer, alert_id)
    return page(
        request,
        "review.html",
        officer=officer,
        status=status,
        reviewed=reviewed,
        kind=kind,
        questions=questions(kind),
        problem=problem or reviewed.why_not.get(kind, ""),
        tried=dict(tried or {}),
        limit=WORDS_LIMIT,
    )


def _draft(kind: Kind, alert_id: str, officer: Officer, form: Mapping[str, str]) -> Draft:
    if "passed" not in form:
        raise _Refused(422, "unanswered")
    return Draft(
        kind=kind,
        alert_id=alert_id,
        manifest_sha256=form.get("manifest_sha256", ""),
        officer_id=officer.officer_id,
        answers=_answers(kind, form),
        passed=form["passed"] == "yes",
        words=form.get("words", ""),
    )


def _answers(kind: Kind, form: Mapping[str, str]) -> list[Answer]:
    """The answered questions of a form; what is left out is found by whoever signs."""
    return [
        Answer(
            question=question.id,
            answer=cast("Literal['yes', 'no', 'na']", form[f"answer-{question.id}"]),
            words=form.get(f"words-{question.id}", ""),
        )
        for question in questions(kind)
        if form.get(f"answer-{question.id}") in ("yes", "no", "na")
    ]


def _wire(found: Reviewed) -> dict[str, Any]:
    hinders = hindering(found.points)
    return {
        "alert_id": found.alert_id,
        "manifest_sha256": found.manifest_sha256,
        "points": [
            {
                **msgspec.to_builtins(point),
                "hinders": point in hinders,
                **_reason(point.code, point.reason),
            }
            for point in found.points
        ],
        "questions": {
            kind: [
                {**msgspec.to_builtins(one), "begins_with_no": found.begins_with_no(one)}
                for one in questions(kind)
            ]
            for kind in KINDS
        },
        "standing": [_signed(one) for one in found.stand.values()],
        "former": [_signed(one) for one in found.former],
        "untrusted": found.untrusted,
        "missing": found.missing,
        "may": found.may,
        "why_not": found.why_not,
        "waits": found.waits,
    }


def _reason(code: str, reason: str) -> dict[str, Any]:
    known = criteria().of(code, reason)
    if known is None:
        return {}
    return {"said": msgspec.to_builtins(known.said), "mend": msgspec.to_builtins(known.mend)}


def _signed(review: Review) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(review)
    return told
