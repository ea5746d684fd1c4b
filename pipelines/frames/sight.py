"""Owns what a worker sees with: the live model, the batcher, the model in shadow, and their upkeep.

Must not judge. A model that cannot be used stops a worker at its start; later the old one goes on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

import structlog

from models.batcher import Batcher
from models.errors import ModelError
from models.live import LiveModel
from models.session import bundled_card_path
from pipelines import metrics, topics
from pipelines.errors import Transient
from pipelines.frames.classes import PERSON
from pipelines.frames.shadow import Shadow
from pipelines.gateways.capture.types import FramesTick, encode
from pipelines.log import LogWriter
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database

log = structlog.get_logger()
POLL_S = 3.0
"""How soon a changed model card is seen."""
TICK_S = 10.0
STORE_S = 1.0
OPENERS = 4


class Sight:
    """What frames are looked at with. ``close`` it."""

    def __init__(self, settings: Settings) -> None:
        """Loads and tries the models.

        Raises:
            ModelError: the judging model cannot be used. One in shadow that cannot is only logged.
        """
        card = settings.model_card or bundled_card_path()
        self.model = LiveModel(card, threads=settings.model_threads, needs=(PERSON,))
        spare = max(1, (os.cpu_count() or 1) - settings.model_threads)
        self.eyes = Batcher(
            self.model,
            wait_s=settings.batch_wait_ms / 1000,
            openers=min(OPENERS, spare),
            watch=_watch,
        )
        self.shadow = _shadow(settings.model_shadow_card, settings.model_shadow_every)
        _tell(self.model)

    async def follow(self, *, poll_s: float = POLL_S) -> None:
        """Takes changed model files into use, for ever; bad ones are refused loudly."""
        while True:
            await asyncio.sleep(poll_s)
            if await _refreshed(self.model):
                _tell(self.model)
            if self.shadow:
                await _refreshed(self.shadow.model)

    async def store_shadow(self, database: Database, *, poll_s: float = STORE_S) -> None:
        """Stores what the model in shadow saw, for ever; what cannot be stored is dropped."""
        while True:
            await asyncio.sleep(poll_s)
            if not self.shadow:
                continue
            for one in self.shadow.counted():
                try:
                    await database.execute("frames_shadow", **asdict(one))
                    metrics.SHADOW.labels("stored").inc()
                except Transient:
                    metrics.SHADOW.labels("failed").inc()

    def upkeep(self, settings: Settings, database: Database) -> list[Callable[[], Awaitable[None]]]:
        """What must run beside the stage, for ever."""

        async def storing() -> None:
            await self.store_shadow(database)

        async def ticking() -> None:
            async with LogWriter(settings.bootstrap) as writer:
                await tick(writer)

        return [self.follow, storing, ticking]

    def close(self) -> None:
        """Ends the threads."""
        self.eyes.close()
        if self.shadow:
            self.shadow.close()


async def tick(writer: LogWriter, *, every_s: float = TICK_S) -> None:
    """Tells every partition of ``frames`` what time it is, for ever: silence is a finding."""
    while True:
        await asyncio.sleep(every_s)
        value = encode(FramesTick(time_ms=wall_clock_ms()))
        try:
            for partition in await writer.partitions(topics.FRAMES):
                await writer.send(topics.FRAMES, b"tick", value, partition=partition)
        except Transient as error:
            log.warning("no tick", why=str(error))


def _shadow(card: Path | None, every: int) -> Shadow | None:
    if card is None:
        return None
    try:
        return Shadow(LiveModel(card, threads=1, most=1), every=every)
    except ModelError as error:
        metrics.SHADOW.labels("failed").inc()
        log.error("no model in shadow", why=str(error))  # noqa: TRY400  it says all
        return None


async def _refreshed(model: LiveModel) -> bool:
    try:
        return await asyncio.to_thread(model.refresh)
    except ModelError as error:
        metrics.MODEL_REFUSED.inc()
        log.error(  # noqa: TRY400  the text says which file and what to do
            "changed model refused", why=str(error), goes_on=model.current.label
        )
        return False


def _tell(model: LiveModel) -> None:
    now = model.current
    metrics.MODEL.clear()
    metrics.MODEL.labels(now.label).set(1)
    log.info("model", model=now.label, batch=now.batch, per_second=round(now.per_second, 1))


def _watch(*, pictures: int, waited_s: float, ran_s: float) -> None:
    metrics.BATCH_PICTURES.observe(pictures)
    metrics.BATCH_WAIT.observe(waited_s)
    metrics.BATCH_SECONDS.observe(ran_s)
