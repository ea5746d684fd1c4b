"""Owns the register of what shows diligence (art. 7): plans, training, approvals, inspections.

Entries are appended and logged; a file lies in the vault under its digest.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.accountability.law import law
from pipelines.accountability.said import NotSaid
from pipelines.accountability.separation import NotYours
from pipelines.evidence.canonical import sha256_hex
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.vault.types import Stored

MOST_FILE_BYTES = 10_000_000
MOST_WORDS, MOST_TITLE, MOST_NAME = 4000, 200, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Diligence:
    """An entry: ``kind`` is of ``kinds()``, ``at_ms`` when it was, ``file`` what was put by."""

    officer_id: str
    kind: str
    title: str
    words: str
    at_ms: int
    file_name: str = ""
    file: Stored | None = None


def kinds() -> tuple[str, ...]:
    """What may be entered, in the order of art. 7."""
    return tuple(kind for one in law().diligence for kind in one.kinds)


async def record(database: Database, actor: Actor, entry: Diligence, *, now_ms: int) -> str:
    """Appends an entry about oneself, or about an officer of one's unit; returns its id.

    Raises:
        NotSaid, NotYours: it cannot be entered.
    """
    _check(entry, now_ms)
    async with database.transaction() as tx:
        row = await tx.row("duty_officer", officer_id=entry.officer_id)
        if row is None:
            raise NotSaid("unknown_officer", f"the register has no officer {entry.officer_id}")
        about = Target(kind="unit", id=entry.officer_id, unit_id=row["unit_id"],
                       owners=frozenset({entry.officer_id}))  # fmt: skip
        found = decide(actor, Action.RECORD_DUTY, about)
        if not found.allowed:
            raise NotYours(found.why, f"{actor.officer_id} may not enter it: {found.basis}")
        entry_id, file = secrets.token_hex(16), entry.file
        await tx.execute(
            "duty_add_entry", entry_id=entry_id, officer_id=entry.officer_id, kind=entry.kind,
            title=entry.title.strip(), words=entry.words.strip(), at_ms=entry.at_ms,
            file_name=entry.file_name, file_sha256=file.sha256 if file else "",
            size_bytes=file.size_bytes if file else 0, by_officer=actor.officer_id,
            entered_ms=now_ms,
        )  # fmt: skip
        words = f"{entry.title.strip()}\n{entry.words.strip()}".encode()
        body = {
            "act": "diligence", "officer": entry.officer_id, "kind": entry.kind,
            "by": actor.officer_id, "at_ms": entry.at_ms, "words_sha256": sha256_hex(words),
            "file_sha256": file.sha256 if file else "",
        }  # fmt: skip
        await log(tx, Leaf(kind=Kind.DUTY, subject=entry_id, at_ms=now_ms, body=body))
    return entry_id


def _check(entry: Diligence, now_ms: int) -> None:
    if entry.kind not in kinds():
        raise NotSaid("unknown_code", f"kind {entry.kind!r}: one of {', '.join(kinds())}")
    if not entry.title.strip() or len(entry.title) > MOST_TITLE or len(entry.words) > MOST_WORDS:
        raise NotSaid("incomplete", "a title is needed; title or words are too long")
    if not 0 < entry.at_ms <= now_ms:
        raise NotSaid("incomplete", "the day lies ahead, or is none")
    if entry.file is not None and entry.file.size_bytes > MOST_FILE_BYTES:
        raise NotSaid("too_long", "the file is larger than 10 MB")
    if len(entry.file_name) > MOST_NAME or any(c in entry.file_name for c in "/\\\x00\n\r"):
        raise NotSaid("incomplete", "the file's name cannot be")
