"""Owns the log's part of a package: leaves, proofs, checkpoints, stamps. Writes no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.evidence.canonical import canonical
from pipelines.evidence.claims import sources
from pipelines.evidence.manifest import Manifest
from pipelines.evidence.package.types import NotExported
from pipelines.store import Database
from pipelines.transparency.checkpoint import read_text
from pipelines.transparency.leaf import Kind
from pipelines.transparency.note import parse
from pipelines.transparency.proofs import NotProvable, Proof, prove
from pipelines.transparency.tree import consistency_proof

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """What a package holds of the log.

    Attributes:
        size: of the tree that every leaf is proven in.
        files: path within the package to content.
    """

    origin: str
    size: int
    files: dict[str, bytes]


async def log_part(database: Database, manifest: Manifest, key_id: str) -> LogPart:
    """Reads and proves every leaf that tells of this evidence and of what it was made of.

    Raises:
        NotExported: the pin has no number yet, or the log cannot prove it.
    """
    leaves = await _leaves(database, manifest, key_id)
    newest = await database.row("verify_checkpoint_newest")
    if newest is None:
        raise NotExported(
            "the log has no checkpoint yet; run `vigil worker`, and try again in a moment"
        )
    pin = next((leaf for leaf in leaves if leaf["kind"] == Kind.PIN), None)
    if pin is None or pin["leaf_index"] >= newest["tree_size"]:
        raise NotExported(
            f"the seal of alert {manifest.alert_id} waits for its number in the log; try again in"
            " a moment (a running worker numbers leaves every second)"
        )
    return await _assembled(database, leaves, pin, newest)


async def _assembled(database: Database, leaves: list[Row], pin: Row, newest: Row) -> LogPart:
    size = newest["tree_size"]
    first, stamps = await _first(database, pin["leaf_index"] + 1)
    try:
        told = [
            _told(await prove(database, leaf["leaf_index"], size))
            for leaf in leaves
            if leaf["leaf_index"] < size
        ]
        async with database.transaction() as tx:
            hashes = await consistency_proof(tx, first["tree_size"], size)
    except (NotProvable, KeyError, ValueError) as error:
        raise NotExported(f"the log cannot prove it: {error}; run `vigil evidence verify`") from (
            error
        )
    proof = {"from": first["tree_size"], "to": size, "proof": [one.hex() for one in hashes]}
    files = {
        "log/checkpoint": bytes(newest["note"]),
        "log/first-checkpoint": bytes(first["note"]),
        "log/consistency.json": canonical(proof),
        "log/leaves.json": canonical(told),
    }
    for number, stamp in enumerate(stamps, 1):
        files[f"log/stamps/{number}.tsr"] = bytes(stamp["token"])
    origin = read_text(parse(bytes(newest["note"])).text).origin
    return LogPart(origin=origin, size=size, files=files)


async def _leaves(database: Database, manifest: Manifest, key_id: str) -> list[Row]:
    wanted = {(str(Kind.PIN), manifest.evidence_id), (str(Kind.KEY), key_id)}
    wanted |= {(str(kind), item.sha256) for item, kind in sources(manifest.objects)}
    rows = await database.rows(
        "verify_leaves",
        kinds=sorted({kind for kind, _ in wanted}),
        subjects=sorted({subject for _, subject in wanted}),
    )
    found: dict[tuple[str, str], Row] = {}
    for row in rows:  # in the log's order: of several the first bears witness
        at = (row["kind"], row["subject"])
        if at in wanted and row["body"] is not None:
            found.setdefault(at, row)
    return sorted(found.values(), key=lambda row: int(row["leaf_index"]))


async def _first(database: Database, size: int) -> tuple[Row, list[Row]]:
    """The first stamped checkpoint that holds the pin, with its stamps; else simply the first."""
    stamps = await database.rows("verify_first_stamp", size=size)
    if stamps:
        size = stamps[0]["tree_size"]
    row = await database.row("verify_checkpoint_at", size=size)
    if row is None:
        raise NotExported("the log's checkpoints are gone; run `vigil evidence verify`")
    return row, stamps


def _told(proof: Proof) -> dict[str, object]:
    leaf = proof.leaf
    return {
        "index": leaf.index,
        "kind": leaf.kind,
        "subject": leaf.subject,
        "at_ms": leaf.at_ms,
        "commitment": leaf.commitment.hex(),
        "salt": (leaf.salt or b"").hex(),
        "body": (leaf.body or b"").decode(),
        "path": [one.hex() for one in proof.path],
    }
