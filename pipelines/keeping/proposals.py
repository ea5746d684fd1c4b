"""Owns what is proposed to be let go, and a leader's answer to exactly that. Must remove nothing.

Both are canonical JSON under an Ed25519 signature of the authority's key; a proposal's id is the
SHA-256 of its bytes, so an approval names what was seen and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from pipelines.access.policy import Action
from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import iso
from pipelines.keeping import items
from pipelines.keeping.due import Verdict, due
from pipelines.keeping.officers import check_other, check_unit
from pipelines.keeping.policies import Policies
from pipelines.store import Database, Transaction
from pipelines.store.database import Row
from pipelines.transparency.leaf import Kind, Leaf, log

FORMAT = "vigil-deletion-proposal/1"
APPROVAL_FORMAT = "vigil-deletion-approval/1"


class NotProposed(Exception):
    """There is no such proposal, it was decided, or its bytes are not what was signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An item and what is to become of it."""

    kept: items.Kept
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What was proposed: ``body`` is the decoded JSON."""

    proposal_id: str
    body: dict[str, Any]


async def judged(tx: Transaction, policies: Policies, now_ms: int) -> list[Judged]:
    """Every item with its verdict."""
    standing = await tx.rows("keeping_stays")
    return [
        Judged(kept=kept, verdict=due(kept.item, policies, kept.stays(standing), now_ms))
        async for kept in items.everything(tx, policies)
    ]


async def propose(
    database: Database, keys: Keys, policies: Policies, *, by: str, now_ms: int,
    only: Collection[str] = (), dry_run: bool = False,
) -> Proposal | None:  # fmt: skip
    """Proposes all of the officer's unit that may or must go; None when nothing may.

    Args:
        only: of these, only items with these ids (evidence, alert, record id or month).
        dry_run: says what it would be and stores nothing.

    Raises:
        NotAllowed: the officer is no archivist.
    """
    async with database.transaction() as tx:
        await tx.execute("keeping_lock")
        unit_id = await check_unit(tx, by, Action.PROPOSE_PRUNE)
        taken = await _taken(tx)
        ready = [
            _told(one, policies)
            for one in await judged(tx, policies, now_ms)
            if one.verdict.what != "keep"
            and one.kept.unit_id == unit_id
            and (one.kept.item.kind, one.kept.item.item_id) not in taken
            and (not only or {one.kept.item.item_id, *one.kept.subjects} & set(only))
        ]
        if not ready:
            return None
        body = {
            "format": FORMAT,
            "proposed_by": by,
            "unit_id": unit_id,
            "proposed_ms": now_ms,
            "proposed": iso(now_ms),
            "policies": policies.version,
            "policies_sha256": sha256_hex(canonical(msgspec.to_builtins(policies))),
            "items": ready,
        }
        data = canonical(body)
        proposal = Proposal(proposal_id=sha256_hex(data), body=body)
        if not dry_run:
            await _store(tx, keys, proposal, data)
    return proposal


async def decide_proposal(
    database: Database, keys: Keys, proposal_id: str, *, by: str, approved: bool, now_ms: int
) -> None:
    """A leader's answer to exactly this proposal.

    Raises:
        NotAllowed: no leader of that unit, or the one who proposed it.
        NotProposed: there is none of this digest, or it has been decided.
    """
    async with database.transaction() as tx:
        await tx.execute("keeping_lock")
        row = await tx.row("keeping_proposal", proposal_id=proposal_id)
        if row is None or row["approved"] is not None:
            raise NotProposed(f"proposal {proposal_id}: there is none, or it has been decided")
        body = read(row, keys)
        await check_unit(tx, by, Action.APPROVE_PRUNE, body["unit_id"])
        check_other(by, row["proposed_by"], "proposed this")
        approval = canonical(
            {
                "format": APPROVAL_FORMAT,
                "proposal_sha256": proposal_id,
                "approved": approved,
                "approved_by": by,
                "approved_ms": now_ms,
            }
        )
        await tx.execute(
            "keeping_decide_proposal", proposal_id=proposal_id, by=by, now_ms=now_ms,
            approved=approved, approval=approval, signature=keys.sign(approval),
            key_id=keys.key_id,
        )  # fmt: skip
        said = {"proposal_sha256": proposal_id, "by": by, "approved": approved}
        await log(tx, Leaf(kind=Kind.APPROVAL, subject=proposal_id, at_ms=now_ms, body=said))


def read(row: Row, keys: Keys) -> dict[str, Any]:
    """A stored proposal, as it was signed.

    Raises:
        NotProposed: digest or signature do not fit the bytes.
    """
    data = bytes(row["body"])
    proposal_id = row["proposal_id"]
    if sha256_hex(data) != proposal_id:
        raise NotProposed(f"proposal {proposal_id}: its bytes were changed")
    if not keys.verify(row["key_id"], data, bytes(row["signature"])):
        raise NotProposed(f"proposal {proposal_id}: its signature does not fit")
    body = msgspec.json.decode(data, type=dict[str, Any])
    if body.get("format") != FORMAT:
        raise NotProposed(f"proposal {proposal_id}: not of format {FORMAT}")
    return body


def approval_of(row: Row, keys: Keys) -> dict[str, Any]:
    """The signed approval of a stored proposal.

    Raises:
        NotProposed: it is not approved, or the approval is not of this proposal.
    """
    proposal_id = row["proposal_id"]
    if not row["approved"] or row["approval"] is None:
        raise NotProposed(f"proposal {proposal_id} is not approved")
    data = bytes(row["approval"])
    if not keys.verify(row["approval_key_id"], data, bytes(row["approval_signature"])):
        raise NotProposed(f"proposal {proposal_id}: the approval's signature does not fit")
    said = msgspec.json.decode(data, type=dict[str, Any])
    named = (said.get("format"), said.get("proposal_sha256"), said.get("approved"))
    if named != (APPROVAL_FORMAT, proposal_id, True):
        raise NotProposed(f"proposal {proposal_id}: what was approved is something else")
    if said["approved_by"] == read(row, keys)["proposed_by"]:
        raise NotProposed(f"proposal {proposal_id}: proposed and approved by one person")
    return said


async def _taken(tx: Transaction) -> set[tuple[str, str]]:
    taken = set()
    for row in await tx.rows("keeping_proposals_open"):
        body = msgspec.json.decode(bytes(row["body"]), type=dict[str, Any])
        taken |= {(item["kind"], item["item_id"]) for item in body["items"]}
    return taken


async def _store(tx: Transaction, keys: Keys, proposal: Proposal, data: bytes) -> None:
    at_ms, by = proposal.body["proposed_ms"], proposal.body["proposed_by"]
    await tx.execute(
        "keeping_add_proposal", proposal_id=proposal.proposal_id, body=data,
        signature=keys.sign(data), key_id=keys.key_id, proposed_by=by, proposed_ms=at_ms,
    )  # fmt: skip
    said = {"proposal_sha256": proposal.proposal_id, "by": by, "what": "deletion"}
    await log(tx, Leaf(kind=Kind.REQUEST, subject=proposal.proposal_id, at_ms=at_ms, body=said))


def _told(one: Judged, policies: Policies) -> dict[str, Any]:
    item = one.kept.item
    return {
        "kind": item.kind,
        "item_id": item.item_id,
        "about": one.kept.about,
        "verdict": one.verdict.what,
        "why": list(one.verdict.why),
        "policies": [
            {"policy": claim.policy, "from_ms": claim.from_ms, "basis": _basis(claim, policies)}
            for claim in item.claims
        ],
        "objects": one.kept.digests,
        "size_bytes": sum(entry["size_bytes"] for entry in one.kept.objects),
        "leaves": len(one.kept.leaves),
    }


def _basis(claim: Any, policies: Policies) -> dict[str, str]:
    policy = policies[claim.policy]
    return {
        "zh": policy.basis.zh,
        "en": policy.basis.en,
        "source": policy.source,
        "confidence": policy.confidence,
        "shortest": policy.shortest,
    }
