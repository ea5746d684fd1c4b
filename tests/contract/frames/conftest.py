"""A migrated database, a model card of one's own, and real frames of two cameras."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from models.session import ModelCard, bundled_card_path, read_card
from pipelines import topics
from pipelines.settings import Settings
from pipelines.stage import Message
from pipelines.store import Database
from tests.contract.runtime import feed
from tests.unit.demo.known import DAY_START_MS

FILM_AT_MS = DAY_START_MS + 15 * 3600 * 1000
_LATER = itertools.count(1_000_000, 1_000_000)


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    async with Database(fresh_database_url, max_size=3) as opened:
        yield opened


@pytest.fixture
def card_path(tmp_path: Path) -> Path:
    """The bundled model, copied so that it can be changed."""
    card = read_card(bundled_card_path())
    (tmp_path / card.file).write_bytes((bundled_card_path().parent / card.file).read_bytes())
    return write_card(tmp_path / "model.card.json", card)


def write_card(path: Path, card: ModelCard) -> Path:
    """Writes it as something newer, however coarse the file system's clock is."""
    path.write_bytes(msgspec.json.encode(card))
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + next(_LATER)))
    return path


@pytest.fixture
def settings(card_path: Path, tmp_path: Path) -> Settings:
    return Settings(model_card=card_path, data_dir=tmp_path / "data")


@pytest.fixture(scope="session")
def film(video: Path) -> list[Message]:
    """Frames of two cameras on one partition, bad ones among them."""
    return [
        Message(topic=topics.FRAMES, partition=0, offset=n, key=record.key, value=record.value)
        for n, record in enumerate(feed.frames(video, FILM_AT_MS))
    ]
