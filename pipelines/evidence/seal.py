"""Owns the effect that makes evidence official: rows, log entry, state and notice in one go."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from detectors.types import digest_id
from pipelines.alerts import opening
from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import Manifest, encode
from pipelines.notices.queue import notice_id as id_of
from pipelines.notices.queue import put, told_party
from pipelines.store import Transaction
from pipelines.transparency.leaf import Kind, Leaf, log


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedNotice:
    """A notice to the party, ready to be queued with the seal."""

    party_id: str
    subject: str
    body: str
    short: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Seals one alert. The runtime awaits ``apply`` inside the transaction of the offset.

    The manifest's objects must lie in the object store already.
    """

    manifest: Manifest
    keys: Keys
    notice: QueuedNotice | None

    async def apply(self, tx: Transaction) -> None:
        """Writes everything, or nothing where the alert was sealed before."""
        manifest = self.manifest
        if await tx.row("evidence_of_alert", alert_id=manifest.alert_id):
            return
        data = encode(manifest)
        sha256 = sha256_hex(data)
        await tx.execute(
            "evidence_insert",
            evidence_id=manifest.evidence_id,
            alert_id=manifest.alert_id,
            manifest_sha256=sha256,
            manifest=data,
            signature=self.keys.sign(data),
            key_id=self.keys.key_id,
            sealed_at_ms=manifest.sealed_at_ms,
        )
        await tx.execute_many("evidence_insert_object", self._object_rows())
        leaf = Leaf(
            kind=Kind.PIN,
            subject=manifest.evidence_id,
            at_ms=manifest.sealed_at_ms,
            body={"alert_id": manifest.alert_id, "manifest_sha256": sha256},
        )
        await log(tx, leaf)
        await self._open(tx)

    async def _open(self, tx: Transaction) -> None:
        alert_id, at_ms = self.manifest.alert_id, self.manifest.sealed_at_ms
        await opening.sealed(tx, alert_id, at_ms=at_ms)
        await tx.execute_many("runtime_count", [{"name": "evidence_sealed", "amount": 1}])
        if self.notice is not None:
            told = told_party(
                "finding", party_id=self.notice.party_id, alert_id=alert_id,
                subject=self.notice.subject, body=self.notice.body, short=self.notice.short,
                cause=alert_id, at_ms=at_ms,
            )  # fmt: skip
            await put(tx, told)
            await opening.notice_waits(tx, alert_id, at_ms=at_ms)

    def _object_rows(self) -> list[dict[str, object]]:
        rows = []
        for item in self.manifest.objects:
            row = msgspec.structs.asdict(item)
            del row["derived_from"]
            rows.append({"evidence_id": self.manifest.evidence_id, **row})
        return rows


def evidence_id(alert_id: str) -> str:
    """The id of an alert's evidence: there is one."""
    return digest_id("evidence", alert_id)


def notice_id(alert_id: str) -> str:
    """The id of the notice of an alert's detection: there is one."""
    return id_of("finding", alert_id)
