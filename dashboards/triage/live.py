"""Owns telling open queues that something changed: one ear a process, heard by all its readers.

What is sent says only that, and how often: the page then asks for its own rows, with its own
filters and rights. Must not read alerts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import structlog
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from dashboards.triage.access_door import require_unit
from dashboards.triage.session import Officer, SignInNeeded, TheOfficer, officer_of
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.errors import Transient
from pipelines.store.listening import heard

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)

CHANNEL = "vigil_queue"
QUIET_S = 20.0
"""After so much silence the connection to the database is tried, and a line kept open by a word."""
TOGETHER_S = 0.2
"""Changes within so long are told as one."""
CHECK_S = 15.0
"""So often it is asked whether the reader is still signed in."""
EACH_MOST, ALL_MOST = 8, 400
AGAIN_MS = 2000


@dataclass(slots=True, eq=False)
class Reader:
    """One open page. ``changes``: how often something changed since it was last told."""

    officer_id: str
    unit_id: str
    changes: int = 0
    told: asyncio.Event = field(default_factory=asyncio.Event)


class Bell:
    """Hears the database once and rings for every reader of the unit.

    Args:
        url: of the database; a connection is kept only while somebody reads.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._readers: set[Reader] = set()
        self._ear: asyncio.Task[None] | None = None

    def join(self, reader: Reader) -> bool:
        """Adds a reader; False where there are too many already."""
        of_officer = Counter(r.officer_id for r in self._readers)[reader.officer_id]
        if of_officer >= EACH_MOST or len(self._readers) >= ALL_MOST:
            return False
        self._readers.add(reader)
        if self._ear is None or self._ear.done():
            self._ear = asyncio.create_task(self._hear())
        return True

    def leave(self, reader: Reader) -> None:
        """Removes a reader; after the last one nobody listens to the database."""
        self._readers.discard(reader)
        if not self._readers and self._ear is not None:
            self._ear.cancel()
            self._ear = None

    async def _hear(self) -> None:
        wait_s = 0.5
        while True:
            try:
                async for unit_id in heard(self._url, CHANNEL, quiet_s=QUIET_S):
                    if unit_id is not None:
                        self._ring(unit_id)
                    wait_s = 0.5
            except Transient as error:
                log.warning("queue_unheard", error=str(error))
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, 10.0)
            self._ring(None)  # what happened meanwhile was not heard

    def _ring(self, unit_id: str | None) -> None:
        for reader in self._readers:
            if unit_id is None or reader.unit_id in ("", unit_id):
                reader.changes += 1
                reader.told.set()


def bell_of(request: Request, site: Site) -> Bell:
    """The process's bell, made on first use."""
    state = request.app.state
    if not hasattr(state, "bell"):
        state.bell = Bell(site.settings.database_url)
    found: Bell = state.bell
    return found


@router.get("/queue/live")
async def live(request: Request, site: TheSite, officer: TheOfficer) -> Response:
    """Server-sent events: ``changed`` with a count, ``ended`` with the session.

    Raises:
        HTTPException: 406 for who does not ask for events; 429, too many pages are open: they ask
            now and then instead.
    """
    if "text/event-stream" not in request.headers.get("accept", ""):
        raise HTTPException(406, "event_stream")  # whoever reads to the end would wait for ever
    unit_id = require_unit(officer, Action.LIST, "alert")
    bell, reader = bell_of(request, site), Reader(officer.officer_id, unit_id)
    if not bell.join(reader):
        raise HTTPException(429, "too_many_readers", headers={"Retry-After": "30"})
    events = _events(request, site, officer, bell, reader)
    return StreamingResponse(
        events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _events(
    request: Request, site: Site, officer: Officer, bell: Bell, reader: Reader
) -> AsyncIterator[str]:
    try:
        yield f"retry: {AGAIN_MS}\n\n"
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.told.wait(), CHECK_S)
            if not reader.changes:
                if not await _still(request, site, officer):
                    yield "event: ended\ndata: session\n\n"
                    return
                yield ": still here\n\n"
                continue
            await asyncio.sleep(TOGETHER_S)
            count, reader.changes = reader.changes, 0
            reader.told.clear()
            yield f"event: changed\ndata: {count}\n\n"
    finally:
        bell.leave(reader)


async def _still(request: Request, site: Site, officer: Officer) -> bool:
    """Whether the same officer is still signed in and of the same unit."""
    try:
        now = await officer_of(request, site)
    except SignInNeeded:
        return False
    except Transient:
        return True  # the database is away: the page's own requests will say so
    return (now.officer_id, now.unit_id) == (officer.officer_id, officer.unit_id)
