"""Owns what the alerts stage must know of people's acts: silences, and what became of findings.

Rows that are never deleted, with the moment of each act; ``disposition`` compares those moments
with event time. So a run that is repeated after a crash, and a replay a year later, read what is
needed to answer as the first run did.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from pipelines.alerts.fold import Former
from pipelines.alerts.silence import EVER_MS, Silence
from pipelines.store import Database
from pipelines.store.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was read for one run of signals.

    Attributes:
        silences: by site id.
        formers: by thing, the newest finding that is stored and was not held.
        fates: by alert id, those asked for that are stored.
    """

    silences: dict[str, list[Silence]] = field(default_factory=dict)
    formers: dict[str, Former] = field(default_factory=dict)
    fates: dict[str, Former] = field(default_factory=dict)


class Outside(Protocol):
    """Where it is read."""

    async def read(
        self, *, sites: Collection[str], things: Collection[str], alerts: Collection[str],
        since_ms: int,
    ) -> Known:  # fmt: skip
        """All there is.

        Args:
            since_ms: silences that ended before are not asked for.

        Raises:
            Transient: try again later.
        """
        ...


class Nobody:
    """Nobody has acted: for a run over signals alone."""

    async def read(
        self, *, sites: Collection[str], things: Collection[str], alerts: Collection[str],
        since_ms: int,
    ) -> Known:  # fmt: skip
        """Nothing."""
        del sites, things, alerts, since_ms
        return Known()


class Stored:
    """What the database holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(
        self, *, sites: Collection[str], things: Collection[str], alerts: Collection[str],
        since_ms: int,
    ) -> Known:  # fmt: skip
        """In one transaction.

        Raises:
            Transient: the database cannot be reached.
        """
        known = Known()
        async with self._database.transaction() as tx:
            for row in await tx.rows("alerts_silences", sites=sorted(sites), since_ms=since_ms):
                known.silences.setdefault(row["of_site"], []).append(silence_of(row))
            for row in await tx.rows("alerts_formers", things=sorted(things)):
                known.formers[row["thing"]] = _former(row)
            for row in await tx.rows("alerts_fates", alerts=sorted(alerts)):
                known.fates[row["alert_id"]] = _former(row)
        return known


def silence_of(row: Row) -> Silence:
    """A silence as it lies in the database."""
    ended_ms = EVER_MS if row["ended_ms"] is None else int(row["ended_ms"])
    names = ("silence_id", "site_id", "device_id", "rule_id", "critical", "created_ms", "from_ms",
             "to_ms")  # fmt: skip
    return Silence(**{name: row[name] for name in names}, ended_ms=ended_ms)


def _former(row: Row) -> Former:
    return Former(
        alert_id=row["alert_id"],
        severity=row["severity"],
        detected_ms=row["detected_ms"],
        state=row["state"],
        decided_ms=row["decided_ms"],
        reason_code=row["reason_code"] or "",
    )
