"""Owns what a certificate of deletion says, and issuing one. Must not remove an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import iso
from pipelines.keeping.items import Kept
from pipelines.keeping.policies import Policies
from pipelines.keeping.proposals import Judged
from pipelines.store import Transaction
from pipelines.transparency.erase import erase
from pipelines.transparency.leaf import Kind, Leaf, log

FORMAT = "vigil-deletion-certificate/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An approved proposal, as it was signed, and who carries it out."""

    keys: Keys
    policies: Policies
    proposal_id: str
    body: dict[str, Any]
    approval: dict[str, Any]
    by: str
    now_ms: int


async def certify(tx: Transaction, order: Order, one: Judged) -> str:
    """Issues the certificate of one item within the caller's transaction; returns its id.

    With it go its leaf, the list of what is to be removed, and the bodies that are forgotten.
    An object that something else still names stays, and the certificate says so.
    """
    kept, keys = one.kept, order.keys
    kind, item_id = kept.item.kind, kept.item.item_id
    named = await tx.rows("keeping_still_named", digests=kept.digests, kind=kind, item_id=item_id)
    staying = {row["sha256"] for row in named}
    leaves = await _leaves(tx, order.policies, kept)
    data = canonical(_body(order, one, staying, leaves))
    certificate_id = sha256_hex(data)
    await tx.execute(
        "keeping_add_certificate", certificate_id=certificate_id, proposal_id=order.proposal_id,
        kind=kind, item_id=item_id, body=data, signature=keys.sign(data), key_id=keys.key_id,
        at_ms=order.now_ms,
    )  # fmt: skip
    basis = "; ".join(order.policies[claim.policy].basis.en for claim in kept.item.claims)
    going = [sha256 for sha256 in kept.digests if sha256 not in staying]
    same = {"certificate_id": certificate_id, "basis": basis, "at_ms": order.now_ms}
    await tx.execute_many("keeping_add_removal", [{"sha256": sha256, **same} for sha256 in going])
    body = {"certificate_sha256": certificate_id, "kind": kind, "objects": going}
    await log(tx, Leaf(kind=Kind.DELETION, subject=item_id, at_ms=order.now_ms, body=body))
    for index in leaves:
        await erase(tx, index, at_ms=order.now_ms)
    return certificate_id


def _body(order: Order, one: Judged, staying: set[str], leaves: list[int]) -> dict[str, Any]:
    """Digests and bases; no personal data but which officers did it."""
    item = one.kept.item
    return {
        "format": FORMAT,
        "proposal_sha256": order.proposal_id,
        "kind": item.kind,
        "item_id": item.item_id,
        "manifest_sha256": one.kept.manifest_sha256,
        "objects": [
            {**entry, "removed": entry["sha256"] not in staying} for entry in one.kept.objects
        ],
        "leaves_erased": leaves,
        "verdict": one.verdict.what,
        "why": list(one.verdict.why),
        "policies": [
            msgspec.to_builtins(claim)
            | {"basis": msgspec.to_builtins(order.policies[claim.policy].basis)}
            | {"source": order.policies[claim.policy].source}
            for claim in item.claims
        ],
        "proposed_by": order.body["proposed_by"],
        "proposed_ms": order.body["proposed_ms"],
        "approved_by": order.approval["approved_by"],
        "approved_ms": order.approval["approved_ms"],
        "carried_out_by": order.by,
        "at_ms": order.now_ms,
        "at": iso(order.now_ms),
    }


async def _leaves(tx: Transaction, policies: Policies, kept: Kept) -> list[int]:
    """The leaves whose bodies are forgotten with an item."""
    if kept.item.kind == "access":
        return list(kept.leaves)
    kinds = sorted({kind for claim in kept.item.claims for kind in policies[claim.policy].forgets})
    rows = await tx.rows("keeping_leaves_about", subjects=list(kept.subjects), kinds=kinds)
    return [row["leaf_index"] for row in rows]
