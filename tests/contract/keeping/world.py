"""An authority with evidence of every fate, sealed and logged by the real code."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg

from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import Manifest, iso
from pipelines.evidence.seal import Seal
from pipelines.keeping.policies import load
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.transparency.place import Place
from pipelines.transparency.sequencer import sequence_once
from pipelines.vault.types import Vault

ZONE = ZoneInfo("Asia/Shanghai")
POLICIES = load()
DAY = 86_400_000
_REGISTRY = """
INSERT INTO districts VALUES ('d', '婺城区', 'Wucheng');
INSERT INTO units VALUES ('north', '北所', 'North'), ('south', '南所', 'South');
INSERT INTO parties VALUES ('p', 'd', '91330702MA0000000X', '蓝波', 'Blue Wave', 'p@example.org');
INSERT INTO sites (site_id, party_id, kind, name_zh, name_en, hours, unit_id) VALUES
    ('s', 'p', 'pool', '主馆', 'Main hall', '{"spans":[],"zone":"Asia/Shanghai"}', 'north');
INSERT INTO devices (device_id, kind, model) VALUES ('cam', 'camera', 'C-1');
INSERT INTO points VALUES ('s/main', 's', 'main', '', '主池', 'Main pool', 'fixed', 'law', '');
INSERT INTO placements VALUES ('cam', 'cam', 's/main', 0, NULL);
INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash, unit_id) VALUES
    ('arch', '档', 'Arch', 'archivist', '', 'north'),
    ('lead', '领', 'Lead', 'leader', '', 'north'),
    ('lead2', '副', 'Deputy', 'leader', '', 'north'),
    ('wang', '王', 'Wang', 'officer', '', 'north'),
    ('li', '李', 'Li', 'reviewer', '', 'north'), ('far', '远', 'Far', 'leader', '', 'south'),
    ('south', '南', 'South', 'archivist', '', 'south'),
    ('root', '管', 'Root', 'admin', '', 'north');
"""


def at(text: str) -> int:
    """Beijing time as epoch milliseconds."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


@dataclass
class World:
    """A database, a vault, keys and a log."""

    database: Database
    url: str
    folder: Path
    vault: Vault

    def __post_init__(self) -> None:
        self.keys = Keys(self.folder / "keys")
        self.place = Place(
            origin="test.example/log", folder=self.folder / "log", keys=self.folder / "keys"
        )

    def sql(self, statement: str, params: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Runs any SQL."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), params or None)
            return cursor.fetchall() if cursor.description else []

    def register(self) -> None:
        """Who there is."""
        self.sql(_REGISTRY)

    async def sealed(
        self, alert_id: str, *contents: bytes, at_ms: int, state: str = "open", staged: bool = False
    ) -> list[str]:
        """An alert with sealed evidence of these objects, then moved to a state by ``wang``.

        Returns the objects' digests.
        """
        stored = [self.vault.put(content) for content in contents]
        self.sql(
            "INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id,"
            " device_id, place, start_ms, detected_ms, unit, inputs, staged, state, grade,"
            " grade_reasons, risk, input_at_ms, stored_at_ms) VALUES (%s, 'person-in-closed-area',"
            " '1', 'high', 'p', 's', 'cam', 'main', %s, %s, '', '{}', %s, 'sealing', 'evidence',"
            " '[]', 50, 0, 0)",
            (alert_id, at_ms, at_ms, staged),
        )
        objects = [
            {"role": "part", "name": f"part-{number}.mp4", "sha256": one.sha256, "sm3": one.sm3,
             "size_bytes": one.size_bytes, "media_type": "video/mp4"}
            for number, one in enumerate(stored)
        ]  # fmt: skip
        manifest = msgspec.convert(_manifest(alert_id, at_ms, staged, objects), Manifest)
        async with self.database.transaction() as tx:
            await Seal(manifest=manifest, keys=self.keys, notice=None).apply(tx)
        if state != "open":
            self.decided(alert_id, state, at_ms=at_ms + 3_600_000)
        return [one.sha256 for one in stored]

    def decided(self, alert_id: str, state: str, *, at_ms: int) -> None:
        """An officer's verdict."""
        self.sql("UPDATE alerts SET state = %s WHERE alert_id = %s", (state, alert_id))
        self.sql(
            "INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action) VALUES"
            " (%s, %s, %s, 'wang', %s)",
            (f"{alert_id}-{state}", alert_id, at_ms, state),
        )

    async def told(self, kind: Kind, subject: str, at_ms: int, **body: Any) -> None:
        """A leaf of the log."""
        async with self.database.transaction() as tx:
            await log(tx, Leaf(kind=kind, subject=subject, at_ms=at_ms, body=body))

    async def sequence(self, now_ms: int) -> None:
        """Numbers what waits and signs a checkpoint."""
        await sequence_once(self.database, self.place, now_ms)

    def evidence_id(self, alert_id: str) -> str:
        """The id of an alert's evidence."""
        return evidence_of(alert_id)


def evidence_of(alert_id: str) -> str:
    """The id of an alert's evidence."""
    return f"evidence-{alert_id}"


def _manifest(
    alert_id: str, at_ms: int, staged: bool, objects: list[dict[str, Any]]
) -> dict[str, Any]:
    where = dict.fromkeys(
        ("party_zh", "party_en", "uscc", "site_zh", "site_en", "place_zh", "place_en",
         "device_model"), "x",
    )  # fmt: skip
    return {
        "evidence_id": evidence_of(alert_id), "alert_id": alert_id, "staged": staged,
        "rule": {"id": "person-in-closed-area", "version": "1", "severity": "high",
                 "law": {"known": False}},
        "where": where | {"party_id": "p", "site_id": "s", "place": "main", "device_id": "cam",
                          "device_kind": "camera"},
        "when": {"start_ms": at_ms, "start": iso(at_ms), "detected_ms": at_ms,
                 "detected": iso(at_ms), "ended_ms": None, "clock_offset_ms": None,
                 "clock_uncertainty_ms": None, "clock_document": ""},
        "measured": {"series_id": None, "unit": "", "value": None, "low": None, "high": None,
                     "inputs": {}},
        "standing": {"grade": "evidence", "reasons": [], "papers": []},
        "objects": objects, "footage": [], "looks": [], "model_sha256": "", "zones": [],
        "thresholds": {}, "quality": [], "findings": [], "sealed_at_ms": at_ms,
        "sealed_at": iso(at_ms),
    }  # fmt: skip
