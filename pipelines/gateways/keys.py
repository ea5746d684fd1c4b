"""Owns who may send by HTTP: a gateway or a device, known by a key, remembered for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.errors import Transient
from pipelines.registry.write import key_digest
from pipelines.store import Database

REMEMBER_S = 60.0  # so long a key that was withdrawn still opens
STRANGER_S = 5.0  # a key registered now opens after that
WITHOUT_DATABASE_S = 600.0  # a short outage of the register must not stop what it does not concern
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who has a key. ``device_id`` is None for a gateway, which speaks for its whole site."""

    site_id: str
    device_id: str | None


@dataclass(frozen=True, slots=True)
class _Remembered:
    sender: Sender | None
    at_s: float


class KeyRing:
    """Looks keys up in the register; one per process. ``clock_s`` only measures spans."""

    def __init__(
        self, database: Database, *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._clock_s = clock_s
        self._remembered: dict[tuple[str, str], _Remembered] = {}

    async def gateway(self, key: str) -> Sender | None:
        """The site whose gateway has this key; None when none has.

        Raises:
            Transient: the register cannot be asked, and the key was not known just before.
        """
        return await self._find("registry_gateway", key, {})

    async def device(self, key: str, at_ms: int) -> Sender | None:
        """The device that has this key at that time (epoch ms), else None.

        Raises:
            Transient: as for ``gateway``.
        """
        return await self._find("registry_device_key", key, {"at_ms": at_ms})

    async def unwell(self) -> str:
        """Why keys cannot be looked up; empty when they can."""
        try:
            await self._database.row("registry_gateway", key_sha256="")
        except Transient as error:
            return str(error)
        return ""

    async def _find(self, statement: str, key: str, more: dict[str, int]) -> Sender | None:
        place = (statement, key_digest(key))
        known, now_s = self._remembered.get(place), self._clock_s()
        if known is not None:
            keep_s = STRANGER_S if known.sender is None else REMEMBER_S
            if now_s - known.at_s < keep_s:
                return known.sender
        try:
            row = await self._database.row(statement, key_sha256=place[1], **more)
        except Transient:
            if known is None or known.sender is None or now_s - known.at_s > WITHOUT_DATABASE_S:
                raise
            return known.sender
        sender = row and Sender(site_id=row["site_id"], device_id=row.get("device_id"))
        if len(self._remembered) >= MOST_REMEMBERED:  # guesses without end must not fill memory
            self._remembered.clear()
        self._remembered[place] = _Remembered(sender or None, now_s)
        return sender or None
