"""Owns proving that everything sealed is still as it was. Changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from pipelines.evidence import head
from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.chain import Chain, head_problem
from pipelines.evidence.keys import Keys
from pipelines.evidence.log import entry_of
from pipelines.evidence.manifest import SealedObject, iso
from pipelines.evidence.raw import arrival_of
from pipelines.evidence.report import Problem, Report, Wrong
from pipelines.evidence.seal import evidence_id
from pipelines.evidence.sealed import Sealed, check_sealed
from pipelines.store import Database
from pipelines.vault.types import Vault

Row = dict[str, Any]


async def verify(
    database: Database, objects: Vault, keys: Keys, *, alert_id: str | None = None
) -> Report:
    """Checks all evidence, or one alert's; the log's chain is checked whole in either case.

    May run while alerts are being sealed.
    """
    return await _Verification(database, objects, keys, alert_id).run()


class _Verification:
    """One run of ``verify``."""

    def __init__(
        self, database: Database, objects: Vault, keys: Keys, alert_id: str | None
    ) -> None:
        self._database = database
        self._objects = objects
        self._keys = keys
        self._alert_id = alert_id
        self._report = Report(problems=[])
        self._digests: dict[str, str | None] = {}  # object to what it hashes to, None when gone
        self._seen: set[str] = set()  # evidence ids

    async def run(self) -> Report:
        chain = await self._chain()
        await self._evidence(chain)
        await self._unsealed(chain)
        if self._alert_id is None:
            await asyncio.to_thread(self._leftovers)
            await self._raw_messages()
        self._report.objects = sum(found is not None for found in self._digests.values())
        return self._report

    async def _chain(self) -> Chain:
        known, problem = None, None
        try:
            known = head.read(self._keys)  # before the log: it may grow meanwhile
        except head.BadHead as error:
            problem = head_problem(Wrong.BAD_SIGNATURE, str(error))
        chain = Chain(self._keys, known)
        while rows := await self._database.rows("evidence_log_page", after=chain.last_seq):
            await asyncio.to_thread(chain.feed, [entry_of(row) for row in rows])
        if known is None and problem is None and chain.count:
            problem = head_problem(Wrong.MISSING, f"{self._keys.folder / head.NAME} is gone")
        self._report.problems += [*chain.finish(), *([problem] if problem else [])]
        self._report.log_entries = chain.count
        return chain

    async def _evidence(self, chain: Chain) -> None:
        after = ""
        while rows := await self._database.rows(
            "evidence_page", after=after, alert_id=self._alert_id
        ):
            for row in rows:
                await self._one(row, chain)
            after = rows[-1]["alert_id"]

    async def _one(self, row: Row, chain: Chain) -> None:
        called = row["evidence_id"]
        logged = chain.sealed.get(called)
        if logged is None:  # perhaps sealed since the log was read
            late = await self._database.rows("evidence_log_of", subject_id=called)
            logged = next(((e["seq"], e["subject_sha256"]) for e in late), None)
        alert = await self._database.row("evidence_alert_row", alert_id=row["alert_id"])
        sealed = Sealed(
            row=row,
            objects=await self._database.rows("evidence_objects_of", evidence_id=called),
            alert=alert or {},
            logged=logged,
        )
        found = await asyncio.to_thread(check_sealed, sealed, self._keys, self._digest)
        self._report.problems += found
        self._report.evidence += 1
        self._seen.add(called)
        if self._alert_id is not None and alert is not None:
            await self._raw_of(alert["device_id"], sealed.claimed())

    def _digest(self, sha256: str) -> str | None:
        if sha256 not in self._digests:
            try:
                self._digests[sha256] = self._objects.digest(sha256)
            except (FileNotFoundError, ValueError):
                self._digests[sha256] = None
        return self._digests[sha256]

    async def _unsealed(self, chain: Chain) -> None:
        """Alerts that officers see without a seal, and log entries without their evidence."""
        lost = set(chain.sealed) - self._seen if self._alert_id is None else set()
        for row in await self._database.rows("evidence_unsealed", alert_id=self._alert_id):
            called = evidence_id(row["alert_id"])
            logged = chain.sealed.get(called)
            lost.discard(called)
            detail = "the alert is past sealing but has no evidence"
            if logged:
                detail += f"; log entry {logged[0]} says that it was sealed"
            self._report.problems.append(_row_gone(row, detail))
        for called in sorted(lost):
            seq, manifest_sha256 = chain.sealed[called]
            self._report.problems.append(_evidence_gone(called, seq, manifest_sha256))

    def _leftovers(self) -> None:
        for name in self._objects.walk():
            if name in self._digests:
                continue
            detail = _stray(self._objects, name)
            if not detail:
                self._report.leftovers += 1
                continue
            self._report.problems.append(
                Problem(
                    object=f"file {name} in the object store",
                    proves="nothing: no manifest names it",
                    wrong=Wrong.EXTRA,
                    detail=detail,
                    provable="everything: no evidence rests on it",
                )
            )

    async def _raw_messages(self) -> None:
        at: dict[str, object] = {"device_id": "", "sha256": ""}
        while rows := await self._database.rows("evidence_raw_page", **at):
            await self._raw(rows)
            at = {"device_id": rows[-1]["device_id"], "sha256": rows[-1]["sha256"]}

    async def _raw_of(self, device_id: str, claimed: list[SealedObject]) -> None:
        for item in claimed:
            if item.role == "raw":
                await self._raw(
                    await self._database.rows(
                        "evidence_raw_of", device_id=device_id, arrival=arrival_of(item)
                    )
                )

    async def _raw(self, rows: list[Row]) -> None:
        self._report.raw_messages += len(rows)
        found = await asyncio.to_thread(lambda: [sha256_hex(bytes(r["original"])) for r in rows])
        for row, now in zip(rows, found, strict=True):
            if now != row["sha256"]:
                named = await self._database.rows("evidence_naming", sha256=row["sha256"])
                self._report.problems.append(
                    _raw_changed(row, now, [str(n["alert_id"]) for n in named])
                )


def _stray(objects: Vault, name: str) -> str:
    """What is wrong with an object that no manifest names; empty when it is only left over."""
    try:
        found = objects.digest(name)
    except ValueError:
        return "its name is no digest, or not where it belongs"
    return "" if found == name else f"its content has the digest {found}, which is not its name"


def _row_gone(row: Row, detail: str) -> Problem:
    rule = f"{row['rule_id']}@{row['rule_version']}"
    when = iso(row["detected_ms"])
    return Problem(
        object=f"evidence of alert {row['alert_id']}",
        proves=f"alert {row['alert_id']}: {rule} at {row['site_id']}/{row['place']}, {when}",
        wrong=Wrong.MISSING,
        detail=detail,
        provable="the alert's row only, which nobody signed",
        alert_id=row["alert_id"],
    )


def _evidence_gone(called: str, seq: int, manifest_sha256: str) -> Problem:
    return Problem(
        object=f"evidence {called}",
        proves=f"what log entry {seq} says was sealed",
        wrong=Wrong.MISSING,
        detail=f"the log holds the manifest digest {manifest_sha256}, but the row is gone",
        provable="that a manifest of that digest was sealed at that place in the log",
    )


def _raw_changed(row: Row, now: str, alerts: list[str]) -> Problem:
    span = f"{iso(row['first_ms'])} to {iso(row['last_ms'])}"
    kept = (
        f"alert(s) {', '.join(alerts)} by the original pinned as object {row['sha256']}"
        if alerts
        else "nothing of this message: no alert pinned it"
    )
    return Problem(
        object=f"raw message {row['seq']} of device {row['device_id']} in the database",
        proves=f"what {row['device_id']} sent for {span}",
        wrong=Wrong.CHANGED,
        detail=f"it arrived with sha256 {row['sha256']} and now has {now}",
        provable=kept,
        alert_id=alerts[0] if alerts else "",
    )
