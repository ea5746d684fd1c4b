"""Owns the demo's live camera: a real RTSP stream that is cut once, so that the cut is accounted.

Where no RTSP server can be had the demo goes on without it and says so.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from infra.rtsp import RtspServer, played
from infra.stack.processes import Child, StackError
from pipelines.demo.crew import Crew

CUT_AFTER_S, CUT_S, ON_AFTER_S = 36.0, 14.0, 6.0
"""The crowd is found, its clip recorded; then the line is cut, long enough to be told; then on."""


class LiveCamera:
    """``with LiveCamera(...) as live``: ``open`` it, ``film`` it, and in the end ``finish``.

    Attributes:
        without: why there is no live camera; empty when there is one.
    """

    def __init__(
        self, camera_id: str, workdir: Path, *, cache: Path, tell: Callable[[str], None]
    ) -> None:
        self._camera_id = camera_id
        self._workdir, self._cache, self._tell = workdir, cache, tell
        self._server: RtspServer | None = None
        self._capture: Child | None = None
        self.without = "not started"

    def __enter__(self) -> LiveCamera:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server:
            self._server.stop()

    def open(self, film: Path) -> None:
        """Starts the server, fetched where it is not installed; never fails for it."""
        server = RtspServer(
            self._workdir, {"main": played(film, codec="h264")}, user="vigil",
            password=secrets.token_hex(8), tell=self._tell, cache=self._cache,
        )  # fmt: skip
        try:
            server.start()
        except (StackError, OSError) as error:
            server.stop()
            self.without = str(error).partition("\n")[0]
        else:
            self._server, self.without = server, ""

    def film(self, crew: Crew) -> None:
        """Starts a capture node on it."""
        if self._server:
            self._capture = crew.film_live(self._camera_id, self._server.url("main"))

    async def cut_once(self) -> None:
        """Lets it film, cuts the line for a while, and lets it film on."""
        if self._server is None:
            return
        await asyncio.sleep(CUT_AFTER_S)
        self._tell("the live camera's line is cut")
        await asyncio.to_thread(self._server.stop)
        await asyncio.sleep(CUT_S)
        await asyncio.to_thread(self._server.start)
        await asyncio.sleep(ON_AFTER_S)

    def finish(self) -> str:
        """Stops the capture node; what went wrong with it, empty for nothing."""
        if self._capture is None:
            return ""
        if not self._capture.alive:
            return f"live capture ended by itself: {self._capture.tail(3)}"
        self._capture.stop()
        return ""
