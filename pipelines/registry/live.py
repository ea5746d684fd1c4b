"""Owns the registry of a running worker: always the newest, without a restart."""

from __future__ import annotations

import asyncio
from dataclasses import fields

import structlog

from pipelines.errors import Transient
from pipelines.registry.snapshot import Registry, load_registry
from pipelines.registry.views import ReferenceViews
from pipelines.store import Database

POLL_S = 3.0
"""How soon a change of the register is seen."""
log = structlog.get_logger()


class LiveRegistry(Registry):
    """A registry that becomes the newest one in place: stages keep the object they were given.

    All attributes change within one step of the event loop: what does not await sees one version.
    In another thread ask one question at a time: each is answered from one attribute.
    """

    __slots__ = ()

    @classmethod
    def of(cls, registry: Registry) -> LiveRegistry:
        """A live one that starts as ``registry``."""
        return cls(**{one.name: getattr(registry, one.name) for one in fields(Registry)})

    async def refresh(self, database: Database, views: ReferenceViews | None = None) -> bool:
        """Reads the register again if it changed, and says whether it did.

        Raises:
            Transient: the database cannot be reached now.
        """
        row = await database.row("registry_version")
        if row is None or row["version"] == self.version:
            return False
        newer = await load_registry(database, views)
        for one in fields(Registry):
            setattr(self, one.name, getattr(newer, one.name))
        return True

    async def follow(
        self, database: Database, views: ReferenceViews | None = None, *, poll_s: float = POLL_S
    ) -> None:
        """Refreshes for ever; a database that is away is asked again."""
        while True:
            await asyncio.sleep(poll_s)
            try:
                if await self.refresh(database, views):
                    log.info("register changed", version=self.version)
            except Transient as error:
                log.warning("register not read", error=str(error))
