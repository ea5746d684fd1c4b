"""Owns which station may speak: its MN in the registry, its password's digest compared."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass

from pipelines.errors import Transient
from pipelines.gateways.hj212.limits import Outcome
from pipelines.hj212.heading import Heading
from pipelines.store import Database

KEPT_S = 30.0
MOST_KEPT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A registered station: whose site it stands at, and SHA-256 of its password in hex."""

    site_id: str
    password_sha256: str


class Refused(Exception):
    """This station may not speak.

    Attributes:
        outcome: ``UNKNOWN_STATION`` or ``WRONG_PASSWORD``.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


class Stations:
    """The registered stations; known ones are remembered for half a minute.

    While the database is away, one that was known goes on being known.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, tuple[float, Station]] = {}

    async def admit(self, heading: Heading, at_ms: int) -> Station:
        """The station that sends this.

        Raises:
            Refused: not registered at that time, or another password.
            Transient: the database cannot say.
        """
        station = await self._find(heading.mn, at_ms)
        if station is None:
            raise Refused(Outcome.UNKNOWN_STATION)
        digest = hashlib.sha256(heading.pw.encode()).hexdigest()
        if not hmac.compare_digest(digest, station.password_sha256):
            raise Refused(Outcome.WRONG_PASSWORD)
        return station

    async def _find(self, mn: str, at_ms: int) -> Station | None:
        now_s = time.monotonic()
        kept_s, station = self._kept.get(mn, (float("-inf"), None))
        if station is not None and now_s - kept_s < KEPT_S:
            return station
        try:
            row = await self._database.row("registry_hj212_station", mn=mn, at_ms=at_ms)
        except Transient:
            if station is not None:
                return station
            raise
        self._kept.pop(mn, None)
        if row is None:
            return None
        found = Station(site_id=row["site_id"], password_sha256=row["password_sha256"])
        if len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[mn] = (now_s, found)
        return found
