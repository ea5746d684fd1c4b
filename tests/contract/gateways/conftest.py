"""A log and an MQTT broker of this room's own, because they are frozen, stopped and restarted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from infra.mosquitto import GATEWAY_USER, Mosquitto
from infra.stack.broker import EmbeddedBroker
from pipelines import topics
from pipelines.log import LogWriter
from pipelines.store import Database
from tests.contract.gateways.enrolled import HOTEL, POOL, enrol
from tests.contract.gateways.listener import Listener
from tests.fresh import fresh_database

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(tmp_path_factory.mktemp("gateways-broker"))
    try:
        broker.start()
        broker.create_topics(topics.PARTITIONS)
        yield broker
    finally:
        broker.stop()


@pytest.fixture(scope="session")
def enrolled_url(database_url: str) -> str:
    """Libpq URL of a database with two sites and their devices."""
    url = fresh_database(database_url, "gateways")
    enrol(url)
    return url


@pytest.fixture(scope="session")
async def enrolled(enrolled_url: str) -> AsyncIterator[Database]:
    async with Database(enrolled_url, max_size=2) as opened:
        yield opened


@pytest.fixture
async def writer(own_broker: EmbeddedBroker) -> AsyncIterator[LogWriter]:
    """Gives up after a second."""
    async with LogWriter(own_broker.bootstrap, timeout_s=1) as opened:
        yield opened


@pytest.fixture
async def listener(own_broker: EmbeddedBroker) -> AsyncIterator[Listener]:
    async with Listener(own_broker.bootstrap) as opened:
        await opened.catch_up()  # what other tests put there
        yield opened


def mosquitto_in(folder: Path, more: str = "") -> Mosquitto:
    """An MQTT broker that knows two sites and the gateway; not started."""
    users = {GATEWAY_USER: "g/w:1", POOL: "pool", HOTEL: "hotel"}
    return Mosquitto(folder, users=users, cache=ROOT / "build" / "mosquitto", more=more)


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto_in(tmp_path_factory.mktemp("mosquitto")) as broker:
        yield broker
