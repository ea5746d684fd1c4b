"""Owns answering "show me that this is in the log": leaves with their paths.

What the answer rests on is all in it, so that an outsider can compute the root himself.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from pipelines.evidence.manifest import iso
from pipelines.evidence.seal import evidence_id
from pipelines.store import Database
from pipelines.transparency.checkpoint import Checkpoint, read_text
from pipelines.transparency.note import BadNote, parse
from pipelines.transparency.proofs import NotProvable, Proof, leaves_of, prove
from pipelines.transparency.tree import consistency_proof


class ProvenLeaf(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf in the tree. Bytes are hex; ``body`` and ``salt`` are empty once they were erased."""

    index: int
    kind: str
    subject: str
    at_ms: int
    commitment: str
    salt: str
    body: str
    path: list[str]


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """A time stamp over this checkpoint, or over a later one that continues it."""

    size: int
    authority: str
    stamped_ms: int


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """Leaves, the checkpoint they are proven under, and what continues an earlier checkpoint.

    Attributes:
        consistency: ``from``, ``to`` and ``proof``, as the stand-alone verifier takes it.
    """

    origin: str
    size: int
    root: str
    checkpoint: str
    leaves: list[ProvenLeaf]
    stamps: list[Stamped]
    consistency: dict[str, Any] | None = None


async def prove_leaves(
    database: Database, *, alert_id: str | None, leaf: int | None, since: bytes | None = None
) -> Proven:
    """Proves every leaf that tells of an alert or its evidence, or the leaf of one number.

    Args:
        since: a checkpoint that somebody kept.

    Raises:
        NotProvable: no such leaf, nothing numbered yet, or the log does not continue ``since``.
    """
    indices = [leaf] if leaf is not None else await _indices(database, alert_id or "")
    newest = await prove(database, indices[-1])  # one checkpoint for all of them
    proofs = [await prove(database, index, newest.size) for index in indices]
    head = read_text(parse(newest.checkpoint).text)
    return Proven(
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        checkpoint=newest.checkpoint.decode(),
        leaves=[_leaf(proof) for proof in proofs],
        stamps=[
            Stamped(size=one.size, authority=one.authority, stamped_ms=one.stamped_ms)
            for one in newest.stamps
        ],
        consistency=None if since is None else await _consistency(database, since, head),
    )


async def _indices(database: Database, alert_id: str) -> list[int]:
    found = [
        leaf.index
        for subject in (evidence_id(alert_id), alert_id)
        for leaf in await leaves_of(database, subject)
    ]
    if not found:
        raise NotProvable(
            f"the log has no numbered leaf of alert {alert_id}: it is not sealed, or was sealed"
            " within the last seconds"
        )
    return sorted(found)


async def _consistency(database: Database, since: bytes, head: Checkpoint) -> dict[str, Any]:
    try:
        kept = read_text(parse(since).text)
    except BadNote as error:
        raise NotProvable(f"that is no checkpoint: {error}") from error
    if kept.size > head.size:
        raise NotProvable(
            f"that checkpoint is of {kept.size} leaves, this log has only {head.size}: it was"
            " rolled back, or is another log"
        )
    try:
        async with database.transaction() as tx:
            proof = await consistency_proof(tx, kept.size, head.size)
    except (KeyError, ValueError) as error:
        raise NotProvable(f"tiles of the tree are gone: {error}") from error
    return {"from": kept.size, "to": head.size, "proof": [one.hex() for one in proof]}


def _leaf(proof: Proof) -> ProvenLeaf:
    leaf = proof.leaf
    return ProvenLeaf(
        index=leaf.index,
        kind=leaf.kind,
        subject=leaf.subject,
        at_ms=leaf.at_ms,
        commitment=leaf.commitment.hex(),
        salt=(leaf.salt or b"").hex(),
        body=(leaf.body or b"").decode(),
        path=[one.hex() for one in proof.path],
    )


def proven_json(proven: Proven) -> bytes:
    """For programs."""
    return msgspec.json.format(msgspec.json.encode(proven), indent=2)


def proven_text(proven: Proven) -> str:
    """For people."""
    lines = [
        f"log 日志: {proven.origin}, {proven.size} leaves 叶, root 根 {proven.root}",
    ]
    for leaf in proven.leaves:
        lines += [
            "",
            f"leaf 叶 {leaf.index}: {leaf.kind} {leaf.subject}, {iso(leaf.at_ms)}",
            f"   says 内容: {_said(leaf)}",
            f"   salt 盐: {leaf.salt or '—'}",
            f"   commitment 承诺: {leaf.commitment}",
            f"   path 路径: {len(leaf.path)}",
            *(f"      {one}" for one in leaf.path),
        ]
    lines += ["", "checkpoint 检查点:", *(f"   {one}" for one in proven.checkpoint.splitlines())]
    lines += [
        f"stamp 时间戳: {s.authority}, {iso(s.stamped_ms)}, over {s.size} leaves"
        for s in proven.stamps
    ] or ["no time stamp of a third party yet 尚无第三方时间戳"]
    if proven.consistency is not None:
        proof = proven.consistency
        lines += [
            "",
            f"consistency 一致性证明: {proof['from']} -> {proof['to']}",
            json.dumps(proof),
        ]
    return "\n".join(lines)


def _said(leaf: ProvenLeaf) -> str:
    return leaf.body or "erased 已删除; the leaf and its place are still proven"
