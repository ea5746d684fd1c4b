"""What was registered before points and placements existed is still registered afterwards."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from yoyo import get_backend, read_migrations

import infra
from pipelines.registry.papers import Paper
from pipelines.registry.snapshot import load_registry
from pipelines.store import Database
from pipelines.store.migrate import migrate

BEFORE = "0103.registry"
OLD: LiteralString = """
INSERT INTO districts VALUES ('d', '婺城区', 'Wucheng');
INSERT INTO parties VALUES ('p', 'd', '113307023369256057', '馆', 'Pool', 'a@b.c');
INSERT INTO sites VALUES ('s', 'p', 'pool', '馆', 'Hall', '{"spans": [[],[],[],[],[],[],[]]}', 'k');
INSERT INTO devices VALUES
    ('probe', 's', 'sensor', 'main', '主池', 'Main pool', 'P', 'why'),
    ('cam', 's', 'camera', 'main', '主池', 'Main pool', 'C', 'why');
INSERT INTO series VALUES (7, 'probe', 'ph', 'pH', 60, 0.01);
INSERT INTO zones VALUES ('z', 'cam', 'closed', '[[0,0],[1,0],[1,1]]', 0, 'always');
INSERT INTO documents VALUES ('x', 'probe', 'public_notice', '1', 'WJ', 0, NULL, NULL);
"""


@pytest.fixture
def old_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A database of the schema before, with a register in it."""
    name = f"old_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = urlsplit(database_url)._replace(path=f"/{name}").geturl()
    for path in (Path(infra.__file__).parent / "migrations").glob("*.sql"):
        if path.stem < BEFORE:
            shutil.copy(path, tmp_path)
    with get_backend(url.replace("postgresql://", "postgresql+psycopg://", 1)) as backend:
        backend.apply_migrations(backend.to_apply(read_migrations(str(tmp_path))))
    with psycopg.connect(url) as connection:
        connection.execute(OLD)
    yield url
    with psycopg.connect(database_url, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)


async def test_an_older_register_is_carried_over(old_url: str) -> None:
    assert BEFORE in migrate(old_url)
    async with Database(old_url, max_size=1) as database:
        registry = await load_registry(database)
        gateway = await database.row("registry_gateway", key_sha256="k")
    series = registry.series_of("probe", 1)["ph"]
    assert (series.series_id, series.site_id, series.place) == (7, "s", "main")
    assert [zone.zone_id for zone in registry.scenes["cam"].zones] == ["z"]
    assert [document.kind for document in registry.documents["probe"]] == [Paper.PUBLISHED]
    assert gateway == {"site_id": "s"}
