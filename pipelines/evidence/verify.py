"""Owns proving that everything sealed is still as it was. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pipelines.evidence.acts import check_acts
from pipelines.evidence.claims import Gone, Sealed, sources
from pipelines.evidence.hashing import Digests, Tell
from pipelines.evidence.keys import Keys
from pipelines.evidence.letting import let_go
from pipelines.evidence.messages import check_messages, check_messages_of
from pipelines.evidence.recordings import check_recordings
from pipelines.evidence.report import Report
from pipelines.evidence.seal import evidence_id
from pipelines.evidence.sealed import check_sealed
from pipelines.evidence.strays import lost_pin, stray_file, unsealed
from pipelines.evidence.witness import Witness, logged_of
from pipelines.store import Database
from pipelines.transparency.audit import audit
from pipelines.transparency.leaf import Kind
from pipelines.transparency.place import Place
from pipelines.vault.types import Vault

Row = dict[str, Any]


async def verify(
    database: Database,
    objects: Vault,
    keys: Keys,
    *,
    alert_id: str | None = None,
    case_id: str | None = None,
    place: Place | None = None,
    tell: Tell | None = None,
) -> Report:
    """Checks all evidence, or that of one alert or case; the log is checked whole in either case.

    May run while alerts are being sealed.

    Args:
        place: where the log's files and published checkpoints lie; when None, beside the keys.

    Raises:
        NoSuchCase: no case has that id.
        Transient: the database or the vault cannot be reached.
    """
    chosen = None if alert_id is None else [alert_id]
    if case_id is not None:
        row = await database.row("verify_alerts_of_case", case_id=case_id)
        if row is None:
            raise NoSuchCase(f"no case {case_id}")
        chosen = [row["alert_id"]]
    if place is None:
        place = Place(origin="", folder=keys.folder.parent / "log", keys=keys.folder)
    with Digests(objects, tell) as digests:
        return await _Verification(database, objects, keys, chosen, place, digests).run()


class NoSuchCase(LookupError):
    """No case has this id; the text names it."""


class _Verification:
    """One run of ``verify``."""

    def __init__(  # noqa: PLR0917 - private, called once
        self,
        database: Database,
        objects: Vault,
        keys: Keys,
        alerts: Sequence[str] | None,
        place: Place,
        digests: Digests,
    ) -> None:
        self._database = database
        self._objects = objects
        self._keys = keys
        self._alerts = None if alerts is None else list(alerts)
        self._place = place
        self._digests = digests
        self._report = Report()
        self._removed: dict[str, Gone] = {}

    async def run(self) -> Report:
        witness = await Witness.ready(self._database)  # before the log: it may grow meanwhile
        self._removed = await let_go(self._database, self._keys, self._report)
        self._report.waiting = witness.waiting
        audited, messages, _ = await asyncio.gather(
            audit(self._database, self._place), self._messages(witness), self._everything(witness)
        )  # hashing leaves the interpreter to the audit, and the database hashes by itself
        report = self._report
        report.log_entries = audited.size
        report.raw_messages += messages.raw_messages
        report.unwitnessed += messages.unwitnessed
        report.problems = [*audited.problems, *report.problems, *messages.problems]
        report.objects = self._digests.count
        report.size_bytes = self._digests.size_bytes
        return report

    async def _messages(self, witness: Witness) -> Report:
        found = Report()
        if self._alerts is None:
            await check_messages(self._database, witness, self._removed, found)
        return found

    async def _everything(self, witness: Witness) -> None:
        await self._evidence(witness)
        await self._unsealed(witness)
        await check_acts(self._database, self._keys, self._alerts, self._report)
        if self._alerts is None:
            await check_recordings(
                self._database, self._digests, witness, self._removed, self._report
            )
            await self._leftovers()

    async def _evidence(self, witness: Witness) -> None:
        """Page by page; while one is checked the next is read and hashed."""
        page = await self._page("", witness)
        while page:
            hashing = asyncio.create_task(self._hash(page))
            following = await self._page(page[-1].row["alert_id"], witness)
            await hashing
            await asyncio.to_thread(self._check, page, witness)
            if self._alerts is not None:
                arrived = {i.sha256 for s in page for i, kind in sources(s.claimed)
                           if kind is Kind.RAW_BATCH}  # fmt: skip
                await check_messages_of(self._database, arrived, self._removed, self._report)
            page = following

    async def _page(self, after: str, witness: Witness) -> list[Sealed]:
        rows = await self._database.rows("verify_page", after=after, alerts=self._alerts)
        if not rows:
            return []
        called = [row["evidence_id"] for row in rows]
        ids = [row["alert_id"] for row in rows]
        await witness.look_up([Kind.PIN], called)
        alerts = {
            row["alert_id"]: row for row in await self._database.rows("verify_alerts", alerts=ids)
        }
        objects: dict[str, list[Row]] = {}
        for row in await self._database.rows("verify_objects", evidence_ids=called):
            objects.setdefault(row["evidence_id"], []).append(row)
        page = [
            Sealed(
                row=row,
                objects=objects.get(row["evidence_id"], []),
                alert=alerts.get(row["alert_id"], {}),
                logged=witness.pin(row["evidence_id"]),
                keys=self._keys,
            )
            for row in rows
        ]
        subjects = {item.sha256 for sealed in page for item, _ in sources(sealed.claimed)}
        await witness.look_up([Kind.RECORDING_PART, Kind.RAW_BATCH], subjects)
        return page

    async def _hash(self, page: list[Sealed]) -> None:
        await self._digests.take(item for sealed in page for item in sealed.claimed)

    def _check(self, page: list[Sealed], witness: Witness) -> None:
        for sealed in page:
            checked = check_sealed(
                sealed, self._digests.of, removed=self._removed, witnessed=witness.has
            )
            self._report.problems += checked.problems
            self._report.let_go += checked.let_go
            self._report.unwitnessed += checked.unwitnessed
            self._report.evidence += 1

    async def _unsealed(self, witness: Witness) -> None:
        """Alerts that officers see without a seal, and pins of the log without their evidence."""
        rows = await self._database.rows("verify_unsealed", alerts=self._alerts)
        ids = [evidence_id(row["alert_id"]) for row in rows]
        if ids:
            await witness.look_up([Kind.PIN], ids)
        for row, called in zip(rows, ids, strict=True):
            self._report.problems.append(unsealed(row, witness.pin(called)))
        if self._alerts is not None:
            return
        for row in await self._database.rows("verify_lost_pins"):
            if row["subject"] not in ids:
                self._report.problems.append(lost_pin(row["subject"], logged_of(row)))

    async def _leftovers(self) -> None:
        """Files that no manifest names."""
        names = await asyncio.to_thread(lambda: list(self._objects.walk()))
        strays = [name for name in names if name not in self._digests]
        await self._digests.take_sized(dict.fromkeys(strays, 0))
        for name in strays:
            problem = stray_file(name, self._digests.of(name))
            if problem is None:
                self._report.leftovers += 1
            else:
                self._report.problems.append(problem)
