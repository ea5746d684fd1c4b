"""Owns keeping for scripts: JSON in, JSON out. Decides nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Header, HTTPException, Request
from pydantic import BaseModel, Field

from dashboards.triage.access_door import require_unit
from dashboards.triage.keeping_acts import PROBLEMS, act, kept_of, status_of
from dashboards.triage.session import TheOfficer, check_csrf
from dashboards.triage.site import TheSite
from pipelines.access.policy import Action
from pipelines.keeping.proposals import Judged

router = APIRouter(prefix="/api/keeping", tags=["keeping"])
Token = Annotated[str, Header()]
Name = Literal["propose", "approve", "decline", "carry-out", "hold", "release", "for-good", "mark"]


class DoIn(BaseModel):
    """What is to be done to what.

    ``subject``: a proposal's SHA-256 (approve, decline, carry-out), a hold's or mark's id (release,
    mark), a target such as ``alert:ID`` (hold, for-good), an id or nothing (propose). ``ground``:
    one of the grounds (for-good); ``approve`` or ``decline`` (mark).
    """

    subject: str = Field("", max_length=200)
    reason: str = Field("", max_length=2000)
    ground: str = Field("", max_length=40)


class ItemOut(BaseModel):
    """An item with its verdict; ``until_ms`` is when the verdict changes by itself."""

    kind: str
    item_id: str
    about: str
    what: str
    until_ms: int | None
    why: list[str]
    policies: list[str]
    objects: list[str]


class KeptOut(BaseModel):
    """What the officer's unit keeps; times are epoch milliseconds UTC."""

    counts: dict[str, int]
    may_go: list[ItemOut]
    soon: list[ItemOut]
    proposals: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    pending: list[dict[str, Any]]
    mirrors: list[dict[str, Any]]
    shortfalls: list[dict[str, Any]]


@router.get("")
async def show(site: TheSite, officer: TheOfficer) -> KeptOut:
    """What is held, what may go and when, what waits for an answer."""
    require_unit(officer, Action.HOLD)
    kept = await kept_of(site, officer)
    return KeptOut(
        counts=kept.counts,
        may_go=[_item(one) for one in kept.may_go],
        soon=[_item(one) for one in kept.soon],
        proposals=[
            {key: row[key] for key in ("proposal_id", "proposed_by", "proposed_ms", "approved")}
            | {"items": row["body"]["items"]}
            for row in kept.proposals
        ],
        holds=[dict(row) for row in kept.holds],
        marks=[dict(row) for row in kept.marks],
        pending=[dict(row) for row in kept.pending],
        mirrors=[dict(row) for row in kept.mirrors],
        shortfalls=[msgspec.to_builtins(one) for one in kept.shortfalls],
    )


@router.post("/{name}")
async def do(  # noqa: PLR0917  a call's parts
    request: Request, site: TheSite, officer: TheOfficer, name: Name, what: DoIn,
    x_csrf_token: Token = "",
) -> dict[str, Any]:  # fmt: skip
    """Does it, or says why not: 403, 404, 409, 422 with a code."""
    check_csrf(request, x_csrf_token)
    try:
        done: dict[str, Any] = await act(
            site, officer, name, subject=what.subject.strip(), reason=what.reason,
            ground=what.ground,
        )  # fmt: skip
    except PROBLEMS as error:
        code, status = status_of(error)
        raise HTTPException(status, {"error": code, "said": str(error)}) from error
    return done


def _item(one: Judged) -> ItemOut:
    return ItemOut(
        kind=one.kept.item.kind, item_id=one.kept.item.item_id, about=one.kept.about,
        what=one.verdict.what, until_ms=one.verdict.until_ms, why=list(one.verdict.why),
        policies=[claim.policy for claim in one.kept.item.claims], objects=one.kept.digests,
    )  # fmt: skip
