"""Frames over a real database: however runs are cut and workers end, the same rows once."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from detectors.catalogue import load as load_catalogue
from pipelines import topics
from pipelines.frames.sight import Sight
from pipelines.frames.stage import FramesStage
from pipelines.gateways.capture.types import CameraEvent, FramesTick, encode
from pipelines.runtime import PartitionRunner
from pipelines.settings import Settings
from pipelines.stage import Message
from pipelines.store import Database
from tests.contract.frames.conftest import FILM_AT_MS
from tests.contract.runtime.feed import BAD_FRAMES
from tests.fresh import fresh_database
from tests.unit.demo.known import demo_registry


@pytest.fixture
def sight(settings: Settings) -> Iterator[Sight]:
    opened = Sight(settings)
    yield opened
    opened.close()


def with_events(film: Sequence[Message]) -> list[Message]:
    """The film, then an event of a camera and half an hour of nothing but time."""
    values = [message.value for message in film]
    drifts = CameraEvent(camera_id="pool-camera", time_ms=FILM_AT_MS, what="clock_drifts")
    ticks = [FramesTick(time_ms=FILM_AT_MS + minute * 60_000) for minute in range(1, 31)]
    values += [encode(drifts), encode(drifts), *(encode(tick) for tick in ticks)]
    return [
        Message(topic=topics.FRAMES, partition=0, offset=n, key=b"", value=value)
        for n, value in enumerate(values)
    ]


WANTED = {
    "observations": "SELECT * FROM observations ORDER BY camera_id, time",
    "events": "SELECT * FROM camera_events",
    "state": "SELECT key, value FROM stage_state WHERE stage = 'frames' ORDER BY key",
    "outbox": "SELECT topic, key, value FROM outbox ORDER BY topic, key, value",
    "counters": "SELECT name, value FROM counters ORDER BY name",
    "letters": "SELECT message_offset, reason FROM dead_letters ORDER BY 1",
}


async def stored(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Everything a run leaves behind."""
    return {name: [dict(r) for r in await database.query(sql)] for name, sql in WANTED.items()}


async def judged(
    sight: Sight, database: Database, messages: Sequence[Message], *, seed: int | None
) -> None:
    """One run, or runs of random size by workers that end at random moments of them."""
    stage = FramesStage(demo_registry(), load_catalogue(), sight.eyes)

    def runner() -> PartitionRunner[Any]:
        return PartitionRunner(stage, 0, database, log_id="log")

    if seed is None:
        await runner().run(messages)
        return
    chance, at = random.Random(seed), 0
    while at < len(messages):
        some = messages[at : at + chance.randint(1, 9)]
        for message in some if chance.random() < 0.5 else ():
            stage.foresee(message)
        work = asyncio.create_task(runner().run(some))
        if chance.random() < 0.4:
            await asyncio.sleep(chance.uniform(0, 0.3))
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            continue  # delivered again, to another worker
        await work
        at += len(some)


async def test_ends_of_workers_and_cuts_change_no_row(
    sight: Sight, database: Database, database_url: str, film: list[Message]
) -> None:
    """Tracks, open spells and counts are those of one run without an interruption."""
    messages = with_events(film)
    async with Database(fresh_database(database_url, "whole"), max_size=2) as other:
        await judged(sight, other, messages, seed=None)
        whole = await stored(other)
    await judged(sight, database, messages, seed=20261123)
    cut = await stored(database)
    for name, expected in whole.items():
        assert cut[name] == expected, name
    assert len(whole["observations"]) == len(film) - BAD_FRAMES
    assert {row["model"] for row in whole["observations"]} == {sight.model.current.label}
    assert len(whole["letters"]) == BAD_FRAMES
    assert len(whole["events"]) == 1
    assert whole["outbox"]
