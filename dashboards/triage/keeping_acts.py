"""Owns what page and API of keeping have in common: what is there, and what can be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from dashboards.triage.session import Officer
from dashboards.triage.site import Site
from pipelines.evidence.keys import Keys
from pipelines.keeping import holds, proposals
from pipelines.keeping.carry_out import carry_out
from pipelines.keeping.items import AUTHORITY
from pipelines.keeping.officers import NoSuchTarget, NotAllowed
from pipelines.keeping.policies import Policies, load
from pipelines.keeping.proposals import Judged, judged
from pipelines.keeping.rings import Shortfall, shortfalls
from pipelines.keeping.target import BadTarget, target
from pipelines.store.database import Row

_MOST = 100
_DAY_MS = 86_400_000
PROBLEMS = (
    NotAllowed, NoSuchTarget, BadTarget, holds.BadReason, holds.NotHeld, proposals.NotProposed,
)  # fmt: skip
_STATUS: dict[type[Exception], tuple[str, int]] = {
    NotAllowed: ("not_allowed", 403),
    NoSuchTarget: ("no_target", 404),
    BadTarget: ("bad_target", 422),
    holds.BadReason: ("bad_reason", 422),
    holds.NotHeld: ("decided", 409),
    proposals.NotProposed: ("decided", 409),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the page shows, of one unit; lists are cut, counts are not.

    Attributes:
        may_go: items that may or must go now and are in no open proposal.
        soon: the next that will, soonest first.
        proposals: open ones: row and decoded ``body``.
    """

    policies: Policies
    counts: dict[str, int]
    may_go: list[Judged]
    soon: list[Judged]
    proposals: list[Row]
    holds: list[Row]
    marks: list[Row]
    certificates: list[Row]
    pending: list[Row]
    mirrors: list[Row]
    shortfalls: list[Shortfall]


def status_of(error: Exception) -> tuple[str, int]:
    """The code of what cannot be done, and the HTTP status."""
    if isinstance(error, NotAllowed) and error.code == "same_person":
        return "same_person", 403
    return next(_STATUS[kind] for kind in _STATUS if isinstance(error, kind))


async def kept_of(site: Site, officer: Officer) -> Kept:
    """What an officer's unit keeps now."""
    policies, now_ms = load(site.settings.keeping_policies), site.clock()
    unit_id = officer.unit_id
    async with site.database.transaction() as tx:
        mine = [
            one
            for one in await judged(tx, policies, now_ms)
            if one.kept.unit_id in (unit_id, AUTHORITY)
        ]
        open_ = [_readable(row) for row in await tx.rows("keeping_proposals_open")]
        lists = {
            "holds": await tx.rows("keeping_holds_page", unit_id=unit_id),
            "marks": await tx.rows("keeping_marks_page", unit_id=unit_id),
            "certificates": await tx.rows("keeping_certificates_page", unit_id=unit_id, most=20),
            "pending": await tx.rows("keeping_pending"),
            "mirrors": await tx.rows("mirror_state"),
        }
    taken = {(one["kind"], one["item_id"]) for row in open_ for one in row["body"]["items"]}
    free = [one for one in mine if (one.kept.item.kind, one.kept.item.item_id) not in taken]
    counts = dict.fromkeys(("keep", "may_go", "must_go"), 0)
    for one in mine:
        counts[one.verdict.what] += 1
    soon = [one for one in mine if one.verdict.what == "keep" and one.verdict.until_ms is not None]
    soon.sort(key=lambda one: one.verdict.until_ms or 0)
    return Kept(
        policies=policies,
        counts=counts,
        may_go=[one for one in free if one.verdict.what != "keep"][:_MOST],
        soon=soon[:10],
        proposals=[row for row in open_ if row["body"]["unit_id"] == unit_id],
        shortfalls=await shortfalls(site.database, site.settings, now_ms - 30 * _DAY_MS),
        **lists,
    )


async def act(
    site: Site, officer: Officer, name: str, *, subject: str, reason: str, ground: str = ""
) -> Any:
    """Does one of ``ACTS``; what it returns is for the API.

    Raises:
        NotAllowed, NoSuchTarget, BadTarget, BadReason, NotHeld, NotProposed: it cannot be done.
    """
    return await ACTS[name](site, officer, subject, reason, ground)


async def _propose(site: Site, officer: Officer, subject: str, reason: str, ground: str) -> Any:
    del reason, ground
    proposal = await proposals.propose(
        site.database, _keys(site), _policies(site), by=officer.officer_id, now_ms=site.clock(),
        only=[subject] if subject else (),
    )  # fmt: skip
    return {"proposal_id": proposal.proposal_id if proposal else None}


async def _decide(site: Site, officer: Officer, proposal_id: str, *, approved: bool) -> Any:
    await proposals.decide_proposal(
        site.database, _keys(site), proposal_id, by=officer.officer_id, approved=approved,
        now_ms=site.clock(),
    )  # fmt: skip
    return {"proposal_id": proposal_id, "approved": approved}


async def _approve(site: Site, officer: Officer, subject: str, reason: str, ground: str) -> Any:
    del reason, ground
    return await _decide(site, officer, subject, approved=True)


async def _decline(site: Site, officer: Officer, subject: str, reason: str, ground: str) -> Any:
    del reason, ground
    return await _decide(site, officer, subject, approved=False)


async def _carry_out(site: Site, officer: Officer, subject: str, reason: str, ground: str) -> Any:
    del reason, ground
    came = await carry_out(
        site.database, site.objects, _keys(site), _policies(site), subject,
        by=officer.officer_id, now_ms=site.clock(), copies=site.settings.copies,
    )  # fmt: skip
    return msgspec.to_builtins(came)


async def _hold(site: Site, officer: Officer, subject: str, reason: str, ground: str) -> Any:
    del ground
    held = await holds.hold(
        site.database, site.objects, _policies(site), target(subject), by=officer.officer_id,
        reason=reason, now_ms=site.clock(),
    )  # fmt: skip
    return {"hold_id": held}


async def _release(site: Site, officer: Officer, subject: str, reason: str, ground: str) -> Any:
    del ground
    await holds.release(
        site.database, site.objects, _policies(site), subject, by=officer.officer_id,
        reason=reason, now_ms=site.clock(),
    )  # fmt: skip
    return {"hold_id": subject}


async def _for_good(site: Site, officer: Officer, subject: str, reason: str, ground: str) -> Any:
    mark_id = await holds.ask_for_good(
        site.database, _policies(site), target(subject), by=officer.officer_id, ground=ground,
        note=reason, now_ms=site.clock(),
    )  # fmt: skip
    return {"mark_id": mark_id}


async def _mark(site: Site, officer: Officer, subject: str, reason: str, ground: str) -> Any:
    del reason
    approved = ground == "approve"
    await holds.decide_for_good(
        site.database, subject, by=officer.officer_id, approved=approved, now_ms=site.clock()
    )
    return {"mark_id": subject, "approved": approved}


Act = Callable[[Site, Officer, str, str, str], Awaitable[Any]]
ACTS: dict[str, Act] = {
    "propose": _propose,
    "approve": _approve,
    "decline": _decline,
    "carry-out": _carry_out,
    "hold": _hold,
    "release": _release,
    "for-good": _for_good,
    "mark": _mark,
}
"""What can be asked for, by its name in the address. Arguments: subject, reason, ground."""


def _readable(row: Row) -> Row:
    return row | {"body": msgspec.json.decode(bytes(row["body"]), type=dict[str, Any])}


def _keys(site: Site) -> Keys:
    return Keys(site.settings.keys)


def _policies(site: Site) -> Policies:
    return load(site.settings.keeping_policies)
