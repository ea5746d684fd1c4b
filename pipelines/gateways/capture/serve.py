"""Runs capture nodes as a process: many cameras, one log, one disk, one database."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import msgspec
import structlog

from pipelines import topics
from pipelines.errors import Transient
from pipelines.footage.read import redacted
from pipelines.footage.types import Part, Pin, UnreadableVideo
from pipelines.gateways.capture.backoff import Backoff
from pipelines.gateways.capture.disk import Space
from pipelines.gateways.capture.ledger import Ledger
from pipelines.gateways.capture.node import MASKED, capture, wall_ms
from pipelines.gateways.capture.types import CameraEvent, CameraSource, FrameMessage, encode
from pipelines.keeping.rings import bounds
from pipelines.log import LogWriter
from pipelines.registry.privacy import policy_of
from pipelines.settings import Settings
from pipelines.store import Database

log = structlog.get_logger()
TIDY_EVERY_S = 10.0
_GOP_MS = 10_000  # a clip begins at the keyframe before


def run_capture(
    settings: Settings, sources: Sequence[CameraSource], *, pace: float, fps: float,
    look_every_s: float, tell: Callable[[str], None],
) -> int:  # fmt: skip
    """Captures until every camera has ended or a signal comes; 1 when one could not be read, or
    when none may be captured. ``tell`` says to people which may not, and why.
    """
    running = _run(settings, sources, pace=pace, fps=fps, look_every_s=look_every_s, tell=tell)
    return asyncio.run(running)


async def _run(
    settings: Settings, sources: Sequence[CameraSource], *, pace: float, fps: float,
    look_every_s: float, tell: Callable[[str], None],
) -> int:  # fmt: skip
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        Database(settings.database_url, max_size=4) as database,
        LogWriter(settings.bootstrap) as writer,
    ):
        allowed = await admitted(database, sources, tell)
        if not allowed:
            return 1
        node = _Node(settings, database, writer, allowed, stop)
        await node.look_up_pins()
        tidying = asyncio.create_task(node.tidy())
        done = await asyncio.gather(
            *(node.one(source, pace=pace, fps=fps, look_every_s=look_every_s) for source in allowed)
        )
        tidying.cancel()
    return 0 if all(done) else 1


async def admitted(
    database: Database, sources: Sequence[CameraSource], tell: Callable[[str], None]
) -> list[CameraSource]:
    """The cameras that may be opened, with the masks that the register has for them.

    Raises:
        Transient: the register cannot be asked; nothing may be opened then.
    """
    found = []
    for source in sources:
        policy = await policy_of(database, source.camera_id, source.start_ms or wall_ms())
        if not policy.allowed:
            log.error("camera not opened", camera=source.camera_id, code=policy.code)
            tell(policy.why)
            continue
        if not policy.may_record:
            log.error("camera not recorded", camera=source.camera_id, why=MASKED)
            tell(
                f"摄像机 {source.camera_id} 需遮挡而自身不遮挡：只看不录。"
                f"Camera {source.camera_id} is looked at and not recorded: {MASKED}."
            )
        found.append(replace(source, masks=policy.masks, masked_by_camera=policy.masked_by_camera))
    return found


class _Node:
    """What the cameras of one process share."""

    def __init__(
        self, settings: Settings, database: Database, writer: LogWriter,
        sources: Sequence[CameraSource], stop: asyncio.Event,
    ) -> None:  # fmt: skip
        self._settings, self._database, self._writer = settings, database, writer
        self._camera_ids = [source.camera_id for source in sources]
        self._stop = stop
        self._space = Space(
            settings.recordings, self._camera_ids,
            keep_s=settings.recording_keep_h * 3600,
            keep_bytes=int(settings.recording_keep_gb * 1e9),
            floor_bytes=int(settings.recording_free_gb * 1e9),
        )  # fmt: skip

    async def one(
        self, source: CameraSource, *, pace: float, fps: float, look_every_s: float
    ) -> bool:
        """One camera to its end; whatever befalls it, the others go on."""
        ledger = Ledger(self._settings.recordings, source.camera_id, self._database)
        telling = asyncio.create_task(ledger.keep_telling())
        try:
            report = await capture(
                source, folder=self._settings.recordings, send=self.send,
                on_part=partial(self._on_part, ledger), on_gap=ledger.gap,
                on_clock=ledger.clock, stop=self._stop, room=self._space.room, pace=pace,
                analyse_fps=fps, look_every_s=look_every_s,
            )  # fmt: skip
        except UnreadableVideo as error:
            url = redacted(source.url)
            log.warning("camera", camera=source.camera_id, url=url, why=str(error))
            return False
        except Exception:  # of this camera alone
            log.exception("camera failed", camera=source.camera_id)
            return False
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            await self._tell_rest(ledger)
        log.info("camera ended", report=msgspec.to_builtins(report))
        return True

    async def _tell_rest(self, ledger: Ledger) -> None:
        try:
            await ledger.tell()
        except Exception:  # it waits on disk for the next run
            log.exception("not told", waiting=ledger.untold)

    async def send(self, message: FrameMessage | CameraEvent) -> None:
        """Hands a message to the log; waits for a broker that is away, but not when stopping."""
        backoff = Backoff(first_s=0.5, longest_s=10.0)
        while True:
            try:
                key = message.camera_id.encode()
                await self._writer.send(topics.FRAMES, key, encode(message))
            except Transient as error:
                log.warning("frame_waits", camera=message.camera_id, why=str(error))
            else:
                return
            if self._stop.is_set():
                log.error("frame_lost", camera=message.camera_id, time_ms=message.time_ms)
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), backoff.next_s())

    async def _on_part(self, ledger: Ledger, part: Part) -> None:
        self._space.wrote(part)
        await ledger.part(part)
        log.debug("part", camera=part.camera_id, start_ms=part.start_ms, sha256=part.sha256)

    async def tidy(self) -> None:
        """Keeps the rings within their bounds, says what becomes of the disk; until cancelled."""
        while True:
            try:
                await self._tidy_once()
            except Exception:  # a disk that nobody tidies fills
                log.exception("not tidied")
            await asyncio.sleep(TIDY_EVERY_S)

    async def _tidy_once(self) -> None:
        await self.look_up_pins()
        if dropped := await asyncio.to_thread(self._space.bound):
            log.info("recordings pruned", parts=dropped)
        for event in [*self._space.let_go(wall_ms()), *self._space.news(wall_ms())]:
            log.warning(event.what, camera=event.camera_id, detail=event.detail)
            await self.send(event)

    async def look_up_pins(self) -> None:
        """Learns what evidence waits for; while the database is away, what it last was."""
        try:
            rows = await self._database.rows(
                "footage_pins", camera_ids=self._camera_ids,
                before_ms=int(self._settings.clip_before_s * 1000) + _GOP_MS,
                after_ms=int(self._settings.clip_after_s * 1000),
            )  # fmt: skip
            self._space.bounds = await bounds(self._database, self._settings, self._camera_ids)
        except Transient as error:
            log.warning("pins_not_renewed", why=str(error))
            return
        self._space.pins = [Pin(**row) for row in rows]
