"""Owns making a package: who may, what goes into it, and that the log tells of it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from detectors.types import digest_id
from pipelines.evidence.canonical import canonical
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import Manifest, decode, iso
from pipelines.evidence.package.folder import write_folder, zipped
from pipelines.evidence.package.papers import Facts
from pipelines.evidence.package.proofs import LogPart, log_part
from pipelines.evidence.package.types import Exported, Extraction, NotExported, People, Person
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.vault.types import Vault

FORMAT = "vigil-evidence-package/1"
Row = dict[str, Any]


async def export(
    database: Database,
    objects: Vault,
    keys: Keys,
    asked: Extraction,
    target: Path,
    *,
    stored_at: str = "",
    as_zip: bool = False,
) -> Exported:
    """Writes an alert's package into a new or empty folder, or a new zip file, and logs it.

    The log tells of it before the package lies where it was asked for: one may be told of that
    never arrived, none arrives untold.

    Args:
        stored_at: where the originals are kept, for the written explanation.

    Raises:
        NotExported: not sealed, not approved, the target is in use, or evidence is gone or
            changed.
    """
    people = await _people(database, asked)
    row = await database.row("evidence_of_alert", alert_id=asked.alert_id)
    if row is None:
        raise NotExported(f"alert {asked.alert_id} has no sealed evidence")
    manifest = _manifest(row, keys)
    part = await log_part(database, manifest, row["key_id"])
    export_id = digest_id("export", asked.alert_id, asked.extractor, str(asked.at_ms), str(target))
    _free(target, as_zip=as_zip)
    facts = Facts(
        manifest=manifest,
        manifest_sha256=row["manifest_sha256"],
        people=people,
        extraction=asked,
        export_id=export_id,
        key_id=row["key_id"],
        log_size=part.size,
        origin=part.origin,
        stored_at=stored_at,
    )
    files = _files(facts, row, part, keys)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as scratch:
        folder = Path(scratch) / f"evidence-{manifest.evidence_id[:12]}"
        sums = await asyncio.to_thread(write_folder, folder, objects, facts, files, keys)
        await _record(database, facts, sums)
        await asyncio.to_thread(_place, folder, target, as_zip=as_zip)
    return Exported(export_id=export_id, path=target, sums_sha256=sums)


async def _people(database: Database, asked: Extraction) -> People:
    """The people, as the register knows them: two at least, one of them a leader."""
    wanted = {asked.maker or asked.extractor, asked.extractor, asked.approved_by}
    rows = await database.rows("verify_officers", officers=sorted(wanted))
    found = {row["officer_id"]: Person(**row) for row in rows}
    missing = sorted(wanted - found.keys())
    if missing:
        raise NotExported(
            f"name officers of the register with --extractor and --approved-by; it has no"
            f" {', '.join(repr(one) for one in missing)} (`vigil registry officer` enters one)"
        )
    leader = found[asked.approved_by]
    if leader.role != "leader":
        raise NotExported(
            f"{leader.officer_id} is {leader.role}, not leader: name the leader who approved with"
            " --approved-by"
        )
    if asked.approved_by == asked.extractor:
        raise NotExported("who takes evidence out cannot approve it: two people are needed")
    if not asked.reason.strip():
        raise NotExported("say why, with --reason: it stands in the explanation and in the log")
    return People(
        maker=found[asked.maker or asked.extractor],
        extractor=found[asked.extractor],
        approved_by=leader,
    )


def _manifest(row: Row, keys: Keys) -> Manifest:
    data, key_id = bytes(row["manifest"]), row["key_id"]
    if not keys.verify(key_id, data, bytes(row["signature"])):
        raise NotExported(f"the manifest's signature by key {key_id} does not hold")
    return decode(data)


def _files(facts: Facts, row: Row, part: LogPart, keys: Keys) -> dict[str, bytes]:
    about = {
        "format": FORMAT,
        "export_id": facts.export_id,
        "alert_id": facts.manifest.alert_id,
        "evidence_id": facts.manifest.evidence_id,
        "key_id": facts.key_id,
        "origin": facts.origin,
        "extraction": _said(facts),
    }
    files = {
        "package.json": canonical(about),
        "manifest.json": bytes(row["manifest"]),
        "manifest.sig": bytes(row["signature"]),
    }
    files |= {f"keys/{key_id}.pub.pem": keys.public_pem(key_id) for key_id in keys.known()}
    return files | part.files


def _said(facts: Facts) -> dict[str, str | int]:
    asked, people = facts.extraction, facts.people
    return {
        "maker": people.maker.officer_id,
        "extractor": people.extractor.officer_id,
        "approved_by": people.approved_by.officer_id,
        "reason": asked.reason,
        "at_ms": asked.at_ms,
        "at": iso(asked.at_ms),
    }


async def _record(database: Database, facts: Facts, sums: str) -> None:
    manifest, said = facts.manifest, _said(facts)
    body = {
        **said, "export_id": facts.export_id, "alert_id": manifest.alert_id,
        "manifest_sha256": facts.manifest_sha256, "sums_sha256": sums,
    }  # fmt: skip
    leaf = Leaf(
        kind=Kind.EXPORT, subject=manifest.evidence_id, at_ms=facts.extraction.at_ms, body=body
    )
    async with database.transaction() as tx:
        await tx.execute(
            "verify_export_insert",
            export_id=facts.export_id,
            alert_id=manifest.alert_id,
            evidence_id=manifest.evidence_id,
            maker=said["maker"],
            extractor=said["extractor"],
            approved_by=said["approved_by"],
            reason=said["reason"],
            at_ms=said["at_ms"],
            sums_sha256=sums,
        )
        await log(tx, leaf)


def _free(target: Path, *, as_zip: bool) -> None:
    if target.exists() and (as_zip or not target.is_dir() or any(target.iterdir())):
        raise NotExported(f"{target} is there already; name a new {'file' if as_zip else 'folder'}")


def _place(folder: Path, target: Path, *, as_zip: bool) -> None:
    if as_zip:
        zipped(folder).replace(target)
        return
    if target.is_dir():
        target.rmdir()
    shutil.move(folder, target)
