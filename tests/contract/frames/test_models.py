"""A model changes under load, a second one looks beside it, and neither costs a frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.catalogue import load as load_catalogue
from models.errors import ModelError
from models.session import read_card
from pipelines import metrics
from pipelines.frames.sight import Sight, tick
from pipelines.frames.stage import FramesStage
from pipelines.gateways.capture.types import FramesTick, decode
from pipelines.log import LogWriter
from pipelines.runtime import PartitionRunner, wall_clock_ms
from pipelines.settings import Settings
from pipelines.stage import Message
from pipelines.store import Database
from tests.contract.frames.conftest import write_card
from tests.contract.runtime.feed import BAD_FRAMES
from tests.contract.runtime.read_back import read_back
from tests.unit.demo.known import demo_registry

AT_ONCE = 4


@pytest.fixture
def sights() -> Iterator[list[Sight]]:
    """Closed at the end, whatever a test left."""
    opened: list[Sight] = []
    yield opened
    for one in opened:
        one.close()


@asynccontextmanager
async def beside(*tasks: Any) -> AsyncIterator[None]:
    running = [asyncio.create_task(task) for task in tasks]
    yield
    for task in running:
        task.cancel()
    for ended in await asyncio.gather(*running, return_exceptions=True):
        assert isinstance(ended, asyncio.CancelledError), ended


async def judge(sight: Sight, database: Database, messages: Sequence[Message]) -> None:
    stage = FramesStage(demo_registry(), load_catalogue(), sight.eyes, sight.shadow)
    runner: PartitionRunner[Any] = PartitionRunner(stage, 0, database, log_id="log")
    for message in messages:
        stage.foresee(message)
    for start in range(0, len(messages), AT_ONCE):
        await runner.run(messages[start : start + AT_ONCE])


def counted(outcome: str) -> float:
    return float(metrics.SHADOW.labels(outcome)._value.get())


async def until(done: Any, *, within_s: float = 60) -> None:
    async with asyncio.timeout(within_s):
        while not await done():  # noqa: ASYNC110  the database sets no event
            await asyncio.sleep(0.05)


async def test_a_model_is_swapped_under_load(
    settings: Settings, sights: list[Sight], database: Database, film: list[Message]
) -> None:
    """A new version, then one that is damaged, while frames go on: none is lost or judged twice."""
    sights.append(sight := Sight(settings))
    assert settings.model_card is not None
    card = read_card(settings.model_card)
    third = len(film) // 3
    async with beside(sight.follow(poll_s=0.05)):
        work = asyncio.create_task(judge(sight, database, film[: 2 * third]))

        async def begun() -> bool:
            return len(await database.query("SELECT 1 AS one FROM observations")) >= third // 2

        await until(begun)
        write_card(settings.model_card, msgspec.structs.replace(card, version="next"))

        async def taken() -> bool:
            return "/next/" in sight.model.current.label

        await until(taken)
        refused = metrics.MODEL_REFUSED._value.get()
        write_card(settings.model_card, msgspec.structs.replace(card, version="3", sha256="0" * 64))

        async def told() -> bool:
            return bool(metrics.MODEL_REFUSED._value.get() > refused)

        await until(told)
        await work  # perhaps all of it with the model of before, on a fast machine
        await judge(sight, database, film[2 * third :])
    rows = await database.query(
        "SELECT camera_id, model FROM observations ORDER BY camera_id, time"
    )
    assert len(rows) == len(film) - BAD_FRAMES
    versions = [(row["camera_id"], row["model"].split("/")[1]) for row in rows]
    for camera in ("pool-camera", "waste-camera"):
        mine = [version for of, version in versions if of == camera]
        assert mine == [card.version] * mine.count(card.version) + ["next"] * mine.count("next")
    assert {version for _, version in versions} == {card.version, "next"}


def test_a_bad_model_stops_a_worker_at_its_start(settings: Settings) -> None:
    assert settings.model_card is not None
    card = read_card(settings.model_card)
    write_card(settings.model_card, msgspec.structs.replace(card, sha256="0" * 64))
    with pytest.raises(ModelError, match=rf"{settings.model_card}.*{card.file}"):
        Sight(settings)


async def test_the_same_model_in_shadow_agrees(
    settings: Settings, sights: list[Sight], database: Database, film: list[Message]
) -> None:
    """Every second frame of a camera, by its number; those judged are as without it."""
    with_shadow = settings.model_copy(
        update={"model_shadow_card": settings.model_card, "model_shadow_every": 2}
    )
    sights.append(sight := Sight(with_shadow))
    skipped = counted("skipped")
    async with beside(sight.store_shadow(database, poll_s=0.02)):
        await judge(sight, database, film)
        wanted = len(film) // 2 - BAD_FRAMES

        async def looked() -> bool:
            rows = await database.query("SELECT 1 AS one FROM shadow_looks")
            return len(rows) + counted("skipped") - skipped >= wanted

        await until(looked)
    looks = await database.query("SELECT * FROM shadow_looks")
    assert {row["at_ms"] % 1000 for row in looks} == {0}  # frame n is at n half seconds
    assert any(row["found"] for row in looks)
    assert all(row["found"] == row["shadow_found"] == row["matched"] for row in looks)
    (summed,) = [
        row for row in await database.rows("frames_shadow_agreement") if row["class"] == "person"
    ]
    assert summed["agreement"] == 1.0
    assert summed["found"] == sum(row["found"].get("person", 0) for row in looks)


async def test_a_failing_shadow_harms_nobody(
    settings: Settings,
    sights: list[Sight],
    database: Database,
    film: list[Message],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_shadow = settings.model_copy(
        update={"model_shadow_card": settings.model_card, "model_shadow_every": 1}
    )
    sights.append(sight := Sight(with_shadow))
    assert sight.shadow is not None

    def broken(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        raise MemoryError(batch.shape)

    monkeypatch.setattr(sight.shadow.model.current.session, "run", broken)
    failed = counted("failed")
    async with beside(sight.store_shadow(database, poll_s=0.02)):
        await judge(sight, database, film[:20])
    assert counted("failed") > failed
    assert await database.query("SELECT * FROM observations")
    assert not await database.query("SELECT * FROM shadow_looks")


def test_a_shadow_that_cannot_be_loaded_is_left_out(
    settings: Settings, sights: list[Sight]
) -> None:
    missing = settings.model_copy(update={"model_shadow_card": settings.data_dir / "no.card.json"})
    sights.append(sight := Sight(missing))
    assert sight.shadow is None


async def test_ticks_reach_every_partition(bootstrap: str) -> None:
    """OFF-23: silence is noticed where no camera speaks any more."""
    before_ms = wall_clock_ms()
    async with LogWriter(bootstrap) as writer:
        partitions = await writer.partitions("frames")
        async with beside(tick(writer, every_s=0.05)):
            await asyncio.sleep(1)
    found = await read_back(bootstrap, "frames", len(partitions))
    for partition in partitions:
        ticks = [
            one
            for one in (decode(m.value) for m in found[partition] if m.key == b"tick")
            if isinstance(one, FramesTick) and one.time_ms >= before_ms
        ]
        assert ticks
