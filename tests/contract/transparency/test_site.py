"""The log as anybody reads it over HTTP, without signing in: a stranger can prove it all."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency.checkpoint import open_checkpoint
from pipelines.transparency.merkle import continues, includes, leaf_hash, tree_root
from pipelines.transparency.note import read_vkey
from pipelines.transparency.place import place_of
from pipelines.transparency.rotation import rotate
from pipelines.transparency.tiles import hashes_of, tiles_of, unbundle
from tests.contract.transparency.logged import DAY_MS, fill


@pytest.fixture
def settings(fresh_database_url: str, tmp_path: Path) -> Settings:
    """A site of its own."""
    return Settings(
        database_url=fresh_database_url, data_dir=tmp_path, public_url="https://log.example",
        _env_file=None,
    )  # fmt: skip


@pytest.fixture
async def stranger(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    app = create_app(settings, database, clock=lambda: DAY_MS)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://log.example") as client:
        yield client


async def test_a_stranger_proves_the_log(
    stranger: httpx.AsyncClient, settings: Settings, database: Database
) -> None:
    """AV-23: keys, checkpoint, tiles and bundles alone give the signed root."""
    await fill(database, place_of(settings), 5, 600)
    keys = [read_vkey(line) for line in (await stranger.get("/log/keys")).text.splitlines()]
    answer = await stranger.get("/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=1"
    head = open_checkpoint(answer.content, keys).checkpoint
    assert (head.origin, head.size) == ("log.example/log", 606)
    entries, hashes = [], []
    for tile in tiles_of(head.size):
        served = await stranger.get(f"/log/{tile.path}")
        assert served.status_code == 200
        assert served.headers["content-type"] == "application/octet-stream"
        assert "immutable" in served.headers["cache-control"]
        if tile.level < 0:
            entries += unbundle(served.content)
        elif tile.level == 0:
            hashes += hashes_of(served.content)
    assert [leaf_hash(entry) for entry in entries] == hashes
    assert tree_root(hashes) == head.root


async def test_a_proof_by_number(
    stranger: httpx.AsyncClient, settings: Settings, database: Database
) -> None:
    """Entry, path and checkpoint of one leaf; a leaf that is not there is said to be."""
    await fill(database, place_of(settings), 300)
    keys = [read_vkey(line) for line in (await stranger.get("/log/keys")).text.splitlines()]
    said = (await stranger.get("/log/proof", params={"leaf": 42})).json()
    head = open_checkpoint(said["checkpoint"].encode(), keys).checkpoint
    path = [base64.b64decode(one) for one in said["path"]]
    leaf = leaf_hash(base64.b64decode(said["entry"]))
    assert includes(said["leaf"], said["size"], leaf, path, head.root)
    assert (await stranger.get("/log/proof", params={"leaf": 301})).status_code == 404
    assert (await stranger.get("/log/proof", params={"leaf": -1})).status_code == 422
    assert (await stranger.get("/log/proof", params={"leaf": 2**70})).status_code == 422


async def test_a_kept_checkpoint(
    stranger: httpx.AsyncClient, settings: Settings, database: Database
) -> None:
    """Whoever kept one learns that today's log continues it, also over a change of keys."""
    place = place_of(settings)
    await fill(database, place, 3)
    kept = (await stranger.get("/log/checkpoint")).text
    await rotate(database, place, DAY_MS)
    await fill(database, place, 0, 9)
    keys = [read_vkey(line) for line in (await stranger.get("/log/keys")).text.splitlines()]
    assert len(keys) == 2
    now = open_checkpoint((await stranger.get("/log/checkpoint")).content, keys)
    old = open_checkpoint(kept.encode(), keys)
    assert now.signers != old.signers
    said = (await stranger.get("/log/consistency", params={"note": kept})).json()
    assert said["continues"] is True
    one, two = old.checkpoint, now.checkpoint
    proof = [base64.b64decode(part) for part in said["proof"]]
    assert continues(one.size, one.root, two.size, two.root, proof)
    assert (await stranger.get("/log/consistency", params={"note": "x"})).status_code == 422


@pytest.mark.parametrize("path", ["tile/0/999", "tile/0/../../keys/signing.pem", "tile/0/1",
                                  "tile/0/%2e%2e/000", "tile/entries/000.p/256"])  # fmt: skip
async def test_what_is_not_there(
    stranger: httpx.AsyncClient, settings: Settings, database: Database, path: str
) -> None:
    """No path leads out of the tiles."""
    await fill(database, place_of(settings), 3)
    assert (await stranger.get(f"/log/{path}")).status_code == 404


@pytest.mark.parametrize(("language", "title"), [("zh", "透明日志"), ("en", "Transparency log")])
async def test_the_page_for_people(
    stranger: httpx.AsyncClient, settings: Settings, database: Database, language: str, title: str
) -> None:
    """Empty, filled, and when the checkpoint is not ours; in both languages."""
    stranger.cookies.set("language", language)
    empty = await stranger.get("/log")
    assert empty.status_code == 200
    assert title in empty.text
    assert (await stranger.get("/log/checkpoint")).status_code == 404
    assert (await stranger.get("/log/keys")).status_code == 200
    await fill(database, place_of(settings), 3)
    full = (await stranger.get("/log")).text
    assert "log.example/log" in full
    assert "https://log.example/log/checkpoint" in full
    for key in settings.keys.iterdir():
        key.unlink()
    assert "no key of ours" in (await stranger.get("/log")).text
