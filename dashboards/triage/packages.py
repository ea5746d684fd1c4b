"""Owns handing out an approved package: made once, given for one short window, then deleted."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from pathlib import Path

from dashboards.triage.access_door import Refused
from dashboards.triage.session import Officer
from dashboards.triage.site import Site
from pipelines.access.looks import Looked, look
from pipelines.access.policy import Action, Target, policy
from pipelines.access.targets import admit
from pipelines.evidence.keys import Keys
from pipelines.evidence.package.export import export
from pipelines.evidence.package.types import Extraction
from pipelines.settings import Settings
from pipelines.store.database import Row


class Over(Exception):
    """The package was taken, and its window is over."""


async def package_of(site: Site, officer: Officer, found: Target, asked: Row) -> Path:
    """The package of an approved request; the look is in the log before it is given.

    Raises:
        Refused: no such grant in force.
        Over: its window is over.
        NotExported: it cannot be made.
    """
    request_id, now_ms = str(asked["request_id"]), site.clock()
    admitted = await admit(
        site.database, officer.actor, Action.EXPORT, found, now_ms=now_ms, request_id=request_id
    )
    if not admitted.decision.allowed:
        raise Refused(officer, Action.EXPORT, found, admitted.decision)
    folder = folder_of(site.settings)
    path = folder / f"{request_id}.zip"
    async with site.packing:  # a second click waits for the package of the first
        await asyncio.to_thread(forget_old, folder)
        taken = await site.database.row("access_taking", request_id=request_id)
        if taken is not None and (now_ms >= taken["until_ms"] or not path.is_file()):
            path.unlink(missing_ok=True)
            raise Over
        if taken is None:
            await _make(site, officer, asked, path, now_ms)
    digest = await asyncio.to_thread(_digest, path)
    held = {"name": "package.zip", "sha256": digest, "media_type": "application/zip"}
    looked = Looked(
        actor=officer.actor, session=officer.session, target=found, held=held, form="package",
        request_id=request_id,
    )  # fmt: skip
    await look(site.database, looked, now_ms=now_ms)
    return path


def folder_of(settings: Settings) -> Path:
    """Where packages lie while they may be fetched."""
    return settings.data_dir / "exports"


def forget_old(folder: Path) -> None:
    """Deletes what a site that was stopped in between left: packages, and halves of them."""
    if not folder.is_dir():
        return
    before_s = time.time() - policy().taking_s
    for path in folder.iterdir():
        if path.stat().st_mtime >= before_s:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


async def _make(site: Site, officer: Officer, asked: Row, path: Path, now_ms: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    await asyncio.to_thread(path.unlink, True)
    extraction = Extraction(
        alert_id=str(asked["target_id"]), extractor=officer.officer_id,
        approved_by=str(asked["decided_by"]), reason=str(asked["reason"]), at_ms=now_ms,
    )  # fmt: skip
    keys = Keys(site.settings.keys)
    await export(site.database, site.objects, keys, extraction, path, as_zip=True)
    window_s = policy().taking_s
    await site.database.execute(
        "access_take", request_id=asked["request_id"], taken_ms=now_ms,
        until_ms=now_ms + window_s * 1000, sha256=await asyncio.to_thread(_digest, path),
    )  # fmt: skip
    asyncio.get_running_loop().call_later(window_s, path.unlink, True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
