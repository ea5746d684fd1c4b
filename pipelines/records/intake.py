"""Takes officers' recordings into the vault: whole or not at all, once however often.

Owns the order of things: what is said is checked, the files are measured and put, and one
transaction writes rows and leaves. Must not judge a recording: ``forensics`` does.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from detectors.figures import clock
from detectors.types import digest_id
from pipelines.errors import Transient
from pipelines.footage.examine import Examination, examine
from pipelines.footage.types import UnreadableVideo
from pipelines.records import forensics, origin
from pipelines.records.checklist import missing
from pipelines.records.continuity import pauses
from pipelines.records.findings import Finding, found, graver
from pipelines.records.said import NEAR_FUTURE_MS, begins, check_said
from pipelines.records.types import NotTaken, Statement, Taken
from pipelines.records.working_days import Due, due_after, release_needed
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.vault.types import CHUNK, Stored, Vault

WORKING_DAYS = 2
"""AV-23: how long after the event a recording may be imported without approval."""

Tell = Callable[[str, float], None]
"""Told what is being done with which file, and the share that is done."""


class _Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A file, ready to be put."""

    path: Path
    sha256: str
    record_id: str
    seen: Examination
    start_ms: int
    end_ms: int
    due_ms: int
    findings: tuple[Finding, ...]


async def take(
    database: Database,
    vault: Vault,
    files: Sequence[Path],
    said: Statement,
    *,
    now_ms: int,
    look: bool = True,
    tell: Tell = lambda _what, _share: None,
) -> list[Taken]:
    """Imports files: all of them, or none.

    Raises:
        NotTaken: something said is wrong, a file cannot be read, or it comes too late.
        Transient: the database or the vault cannot be reached, or the vault would not take it.
    """
    if said.start_ms and len(said.start_ms) != len(files):
        raise NotTaken(f"{len(files)} files, but {len(said.start_ms)} start times; give one each")
    async with database.transaction() as tx:
        said = await check_said(tx, said)
    taken: dict[str, Taken] = {}
    measured: list[_Measured] = []
    for number, path in enumerate(files):
        sha256 = await asyncio.to_thread(_digest, path, tell)
        record_id = digest_id("record", sha256)
        if record_id in taken or any(one.record_id == record_id for one in measured):
            continue
        if known := await database.row("records_known", record_id=record_id):
            taken[record_id] = Taken(path=path, already=True, **known)
            continue
        measured.append(
            await _measure(
                database,
                path,
                said,
                sha256=sha256,
                number=number,
                now_ms=now_ms,
                look=look,
                tell=tell,
            )
        )
    session_id = said.session_id or (measured[0].record_id if measured else "")
    stored = [await asyncio.to_thread(_put, vault, one, tell) for one in measured]
    async with database.transaction() as tx:
        for one, object_ in zip(measured, stored, strict=True):
            taken[one.record_id] = await _write(
                tx, one, object_, said, session_id=session_id, now_ms=now_ms
            )
    return list(taken.values())


async def _measure(
    database: Database,
    path: Path,
    said: Statement,
    *,
    sha256: str,
    number: int,
    now_ms: int,
    look: bool,
    tell: Tell,
) -> _Measured:
    try:
        seen = await asyncio.to_thread(
            examine, path, look=look, tell=lambda share: tell(f"examining {path.name}", share)
        )
    except UnreadableVideo as error:
        raise NotTaken(str(error)) from error
    start_ms, claimed_ms = begins(path, seen, said, number)
    end_ms = start_ms + round(seen.duration_s * 1000)
    if end_ms > now_ms + NEAR_FUTURE_MS:
        raise NotTaken(f"{path}: it would end at {clock(end_ms)}, after now; check --start-ms")
    due = due_after(end_ms, WORKING_DAYS)
    if now_ms > due.due_ms and said.delay is None:
        raise NotTaken(_too_late(path, end_ms, due))
    record_id = digest_id("record", sha256)
    rows = await database.rows(
        "records_fingerprints", device_id=said.device_id, record_id=record_id
    )
    findings = forensics.judge(
        seen, origin.Claim(claimed_ms, now_ms), earlier=[row["fingerprint"] for row in rows]
    )
    extra = [found("calendar_unknown", year=year) for year in due.unknown_years]
    holder = await database.row("records_device_holder", device_id=said.device_id, at_ms=start_ms)
    if holder is None or holder["kind"] != "issue" or holder["officer_id"] not in said.officers:
        extra.append(found("device_not_issued", device=said.device_id))
    if len(said.officers) == 1:
        extra.append(found("one_officer"))
    return _Measured(
        path=path, sha256=sha256, record_id=record_id, seen=seen, start_ms=start_ms,
        end_ms=end_ms, due_ms=due.due_ms, findings=graver([*findings, *extra]),
    )  # fmt: skip


def _too_late(path: Path, end_ms: int, due: Due) -> str:
    guessed = "; " + release_needed(due.unknown_years[0]) if due.unknown_years else ""
    return (
        f"{path} ended at {clock(end_ms)} and had to be imported by {clock(due.due_ms)}, "
        f"{WORKING_DAYS} working days after; a leader may approve the delay: "
        f"--delay-approved-by LEADER --delay-reason TEXT{guessed}"
    )


def _digest(path: Path, tell: Tell) -> str:
    try:
        sha256, done, size = hashlib.sha256(), 0, max(path.stat().st_size, 1)
        with path.open("rb") as file:
            while data := file.read(CHUNK):
                sha256.update(data)
                done += len(data)
                tell(f"hashing {path.name}", done / size)
    except OSError as error:
        raise NotTaken(f"{path} cannot be read: {error.strerror}") from error
    return sha256.hexdigest()


def _put(vault: Vault, one: _Measured, tell: Tell) -> Stored:
    tell(f"storing {one.path.name}", 0.0)
    try:
        stored = vault.put(one.path)
    except OSError as error:
        raise Transient(f"the vault would not take {one.path.name}: {error}; try again") from error
    if stored.sha256 != one.sha256:
        raise NotTaken(f"{one.path} changed while it was imported; copy it from the device again")
    return stored


async def _write(
    tx: Transaction,
    one: _Measured,
    stored: Stored,
    said: Statement,
    *,
    session_id: str,
    now_ms: int,
) -> Taken:
    row: dict[str, Any] = {
        "record_id": one.record_id, "unit_id": said.unit_id, "start_ms": one.start_ms,
        "end_ms": one.end_ms, "imported_ms": now_ms, "party_id": said.party_id,
        "matter": said.matter, "act": said.act, "place": said.place, "device_id": said.device_id,
        "case_id": said.case_id, "session_id": session_id, "secrecy": said.secrecy.value,
        "imported_by": said.imported_by, "due_ms": one.due_ms,
        "delay_approved_by": said.delay.approved_by if said.delay else None,
        "delay_reason": said.delay.reason if said.delay else "",
    }  # fmt: skip
    told = Taken(
        path=one.path, record_id=one.record_id, session_id=session_id, start_ms=one.start_ms,
        end_ms=one.end_ms, imported_ms=now_ms, due_ms=one.due_ms, findings=one.findings,
        missing=tuple(missing(said.answers, off_office=said.off_office)),
    )  # fmt: skip
    written = await tx.execute(
        "records_put", **row, examination=_examination(one), checklist=said.answers
    )
    if not written:  # somebody imported the same file a moment ago
        return msgspec.structs.replace(told, already=True)
    await tx.execute_many(
        "records_put_officer",
        [{"record_id": one.record_id, "officer_id": officer} for officer in said.officers],
    )
    object_ = {
        "file": one.path.name, "media_type": _media_type(one.seen), **msgspec.to_builtins(stored)
    }  # fmt: skip
    await tx.execute("records_put_object", record_id=one.record_id, **object_)
    findings = [
        {"record_id": one.record_id, "number": number, **msgspec.to_builtins(finding)}
        for number, finding in enumerate(one.findings)
    ]
    await tx.execute_many("records_put_finding", findings)
    body = {
        **row, "officers": list(said.officers), "object": object_, "checklist": said.answers,
        "examined_by": forensics.VERSION, "findings": [one.code for one in one.findings],
    }  # fmt: skip
    await log(tx, Leaf(kind=Kind.RECORD, subject=one.record_id, at_ms=now_ms, body=body))
    return told


def _examination(one: _Measured) -> dict[str, Any]:
    video = one.seen.video
    shift = one.start_ms
    return {
        "version": forensics.VERSION,
        "looked": one.seen.pictures is not None,
        "duration_s": round(one.seen.duration_s, 3),
        "created_ms": origin.created_ms(one.seen),
        "fingerprint": origin.fingerprint(one.seen),
        "pauses": [
            [shift + round(at_s * 1000), shift + round((at_s + gap_s) * 1000)]
            for at_s, gap_s in (pauses(video) if video is not None else ())
        ],
    }


_TYPES = {"mov": "video/mp4", "matroska": "video/x-matroska", "avi": "video/x-msvideo",
          "mpegts": "video/mp2t", "mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg",
          "image2": "image/jpeg", "jpeg_pipe": "image/jpeg"}  # fmt: skip


def _media_type(seen: Examination) -> str:
    kind = _TYPES.get(seen.format.partition(",")[0], "application/octet-stream")
    return "audio/mp4" if kind == "video/mp4" and seen.video is None else kind
