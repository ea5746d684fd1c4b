"""A broker of this room's own: its topics have fixed names, and it is frozen at times."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from infra.stack.broker import EmbeddedBroker
from pipelines import topics
from pipelines.log import LogWriter
from pipelines.store import Database
from tests.fresh import fresh_database


@pytest.fixture(scope="session")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(tmp_path_factory.mktemp("pipeline-broker"))
    try:
        broker.start()
        broker.create_topics(topics.PARTITIONS)
        yield broker
    finally:
        broker.stop()


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    """Migrated, and one a module: making it takes seconds, and tests leave the outbox empty."""
    async with Database(fresh_database(database_url, "pipeline"), max_size=4) as opened:
        yield opened


@pytest.fixture
async def writer(own_broker: EmbeddedBroker) -> AsyncIterator[LogWriter]:
    """Gives up after a second."""
    async with LogWriter(own_broker.bootstrap, timeout_s=1) as opened:
        yield opened
