"""Owns the package of an officer's diligence (art. 7), for their own defence.

Everything on record that shows it, with the log's leaves and proofs, an index for people, a list
of sums and its signature. It says what is there; it judges nothing, and leaves nothing out.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.accountability.index import index
from pipelines.accountability.register import MOST_WORDS
from pipelines.accountability.said import NotSaid
from pipelines.accountability.separation import NotYours
from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import iso
from pipelines.evidence.package.folder import SUMS, zipped
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.transparency.proofs import NotProvable, prove
from pipelines.vault.types import ObjectChanged, Vault

FORMAT = "vigil-diligence/1"
LISTS = ("entries", "acts", "reviews", "approvals", "inspections", "clocks", "objections", "posts")
"""What a package holds, each from one named query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose, from when to when (epoch ms, ``to_ms`` exclusive), and why, where a leader asks."""

    officer_id: str
    from_ms: int
    to_ms: int
    reason: str = ""


async def package(
    database: Database, vault: Vault, keys: Keys, actor: Actor, wanted: Wanted, *, target: Path,
    now_ms: int,
) -> str:  # fmt: skip
    """Writes the zip and returns the SHA-256 of its list of sums; the log tells of it first.

    Raises:
        NotYours: neither their own nor a leader's request with a reason.
        NotSaid: no such officer, no period, or the target is there already.
    """
    officer = await _officer(database, actor, wanted)
    if await asyncio.to_thread(target.exists):
        raise NotSaid("target", f"{target} is there already")
    held = await collected(database, wanted)
    package_id = secrets.token_hex(16)
    about: dict[str, Any] = {
        "format": FORMAT, "package_id": package_id, "officer": officer["officer_id"],
        "name_zh": officer["name_zh"], "name_en": officer["name_en"], "from_ms": wanted.from_ms,
        "to_ms": wanted.to_ms, "made_ms": now_ms, "made": iso(now_ms), "by": actor.officer_id,
        "reason": wanted.reason, "counts": {name: len(held[name]) for name in LISTS},
    }  # fmt: skip
    proofs, unproven = await _proofs(database, held)
    await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".diligence-", dir=target.parent) as scratch:
        folder = Path(scratch) / f"diligence-{officer['officer_id']}-{package_id[:8]}"
        files = _files(about, held, proofs, unproven, keys)
        sums = await asyncio.to_thread(_write, folder, vault, held["entries"], files, keys)
        await _log(database, package_id, actor, wanted, sums=sums, now_ms=now_ms)
        await asyncio.to_thread(lambda: zipped(folder).replace(target))
    return sums


async def collected(database: Database, wanted: Wanted) -> dict[str, list[dict[str, Any]]]:
    """Everything on record, by list; rows as they are stored."""
    span = {"officer_id": wanted.officer_id, "from_ms": wanted.from_ms, "to_ms": wanted.to_ms}
    async with database.transaction() as tx:
        return {name: await tx.rows(f"duty_of_{name}", **span) for name in LISTS}


async def _officer(database: Database, actor: Actor, wanted: Wanted) -> dict[str, Any]:
    row = await database.row("duty_officer", officer_id=wanted.officer_id)
    if row is None:
        raise NotSaid("unknown_officer", f"the register has no officer {wanted.officer_id}")
    about = Target(kind="unit", id=wanted.officer_id, unit_id=row["unit_id"],
                   owners=frozenset({wanted.officer_id}))  # fmt: skip
    found = decide(actor, Action.PROVE_DILIGENCE, about)
    if not found.allowed:
        raise NotYours(found.why, f"{actor.officer_id} may not: {found.basis}")
    if actor.officer_id != wanted.officer_id and not wanted.reason.strip():
        raise NotSaid("incomplete", "a leader says why another officer's package is made")
    if wanted.to_ms <= wanted.from_ms or len(wanted.reason) > MOST_WORDS:
        raise NotSaid("incomplete", "the period ends before it begins")
    return row


async def _proofs(
    database: Database, held: dict[str, list[dict[str, Any]]]
) -> tuple[list[dict[str, Any]], int]:
    """Leaves that tell of what is held, proven; how many wait for a checkpoint yet."""
    subjects = sorted(
        {row["subject"] for name in LISTS for row in held[name] if row.get("subject")}
    )
    rows = await database.rows("duty_leaves_about", subjects=subjects)
    proven, waiting = list[dict[str, Any]](), 0
    for row in rows:
        try:
            proof = await prove(database, row["leaf_index"])
        except NotProvable:
            waiting += 1
            continue
        proven.append(
            {"index": proof.index, "size": proof.size, "kind": proof.leaf.kind,
             "subject": proof.leaf.subject, "at_ms": proof.leaf.at_ms,
             "entry": proof.entry.hex(), "commitment": proof.leaf.commitment.hex(),
             "salt": (proof.leaf.salt or b"").hex(), "body": (proof.leaf.body or b"").decode(),
             "path": [one.hex() for one in proof.path],
             "checkpoint": proof.checkpoint.decode("utf-8", "replace")}
        )  # fmt: skip
    return proven, waiting


def _files(
    about: dict[str, Any], held: dict[str, list[dict[str, Any]]], proofs: list[dict[str, Any]],
    unproven: int, keys: Keys,
) -> dict[str, bytes]:  # fmt: skip
    about = about | {"leaves_proven": len(proofs), "leaves_waiting": unproven}
    files = {f"{name}.json": canonical(held[name]) for name in LISTS}
    files |= {"package.json": canonical(about), "log/leaves.json": canonical(proofs)}
    files["index.html"] = index(about, held)
    key_id = keys.key_id
    return files | {f"keys/{key_id}.pub.pem": keys.public_pem(key_id)}


def _write(
    folder: Path, vault: Vault, entries: list[dict[str, Any]], files: dict[str, bytes], keys: Keys
) -> str:
    sums: dict[str, str] = {}
    for entry in entries:
        if entry["file_sha256"]:
            name = f"files/{entry['file_sha256'][:16]}-{entry['file_name']}"
            files = files | {name: _object(vault, entry["file_sha256"])}
    for name, data in sorted(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        sums[name] = sha256_hex(data)
    listed = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
    (folder / SUMS).write_bytes(listed)
    (folder / f"{SUMS}.sig").write_bytes(keys.sign(listed))
    return sha256_hex(listed)


def _object(vault: Vault, sha256: str) -> bytes:
    try:
        data = b"".join(vault.chunks(sha256))
    except FileNotFoundError as error:
        raise NotSaid("gone", f"object {sha256} is gone") from error
    if sha256_hex(data) != sha256:
        raise ObjectChanged(sha256, sha256_hex(data))
    return data


async def _log(
    database: Database, package_id: str, actor: Actor, wanted: Wanted, *, sums: str, now_ms: int
) -> None:  # fmt: skip
    async with database.transaction() as tx:
        await tx.execute(
            "duty_add_package", package_id=package_id, officer_id=wanted.officer_id,
            by_officer=actor.officer_id, reason=wanted.reason, from_ms=wanted.from_ms,
            to_ms=wanted.to_ms, sums_sha256=sums, at_ms=now_ms,
        )  # fmt: skip
        body = {"officer": wanted.officer_id, "by": actor.officer_id, "reason": wanted.reason,
                "from_ms": wanted.from_ms, "to_ms": wanted.to_ms, "sums_sha256": sums}  # fmt: skip
        await log(tx, Leaf(kind=Kind.EXPORT, subject=package_id, at_ms=now_ms, body=body))
