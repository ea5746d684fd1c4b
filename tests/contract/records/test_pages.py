"""The pages of recordings over HTTP: who sees what, in both languages, empty and full."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest
from argon2 import PasswordHasher

from dashboards.triage.app import create_app
from pipelines.records.diary import Done, add_act
from pipelines.records.intake import take
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.contract.dashboards.moments import PASSWORD
from tests.contract.dashboards.visits import signed_in
from tests.contract.records.conftest import BEGAN_MS, DAY_MS, Film, said

NOW_MS = BEGAN_MS + 3_600_000


@pytest.fixture
async def visitor(
    database: Database, fresh_database_url: str, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the site's door."""
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        fast = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        connection.execute("UPDATE officers SET password_hash = %s", (fast,))
    settings = Settings(database_url=fresh_database_url, data_dir=tmp_path)
    app = create_app(settings, database, clock=lambda: NOW_MS)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://vigil.test") as client:
        yield client


async def test_pages_of_recordings(
    visitor: httpx.AsyncClient, database: Database, vault: FolderVault, films: Film
) -> None:
    """AV-24, AV-31: one's own, the unit's by office, others on request; empty states; figures."""
    await signed_in(visitor, "li")
    empty = await visitor.get("/records")
    assert "没有符合条件的记录" in empty.text
    assert "仅显示本人记录" in empty.text
    later = films(BEGAN_MS + 60_000, seed=1)
    one, _ = await take(database, vault, [films(), later], said(), now_ms=NOW_MS)
    done = Done(kind="hearing", officers=("li",), start_ms=BEGAN_MS - DAY_MS, matter="m", place="p",
                end_ms=BEGAN_MS - DAY_MS + 60_000, added_by="t")  # fmt: skip
    await add_act(database, done, now_ms=NOW_MS)
    await _check_record(visitor, one.record_id)
    await _check_figures(visitor)
    await _check_filters(visitor)
    await signed_in(visitor, "zhao")  # of another unit: finds nothing, may ask
    assert "没有符合条件的记录" in (await visitor.get("/records")).text
    refused = await visitor.get(f"/records/{one.record_id}")
    assert refused.status_code == 403
    assert "/access/ask?kind=record" in refused.text
    play = await visitor.get(f"/records/{one.record_id}/play")
    assert play.status_code == 403  # the player's address would tell the file's name
    await signed_in(visitor, "sun")  # the archivist of the unit
    assert (await visitor.get("/records")).text.count("泳池水质") == 2
    assert (await visitor.get("/records/nothing")).status_code == 404


async def test_an_act_over_http(visitor: httpx.AsyncClient, database: Database) -> None:
    """AV-11: one's own act, or the unit's by its archivist; others may not; a mistake is told."""
    act = {"kind": "seizure", "officers": ["li"], "start_ms": BEGAN_MS, "end_ms": BEGAN_MS + 60_000}
    assert (await visitor.post("/api/records/acts", json=act)).status_code == 401
    for who, status in (("li", 201), ("sun", 201), ("wang", 403), ("zhao", 403)):
        await signed_in(visitor, who)
        answer = await visitor.post("/api/records/acts", json=act)
        assert answer.status_code == status, (who, answer.text)
    await signed_in(visitor, "sun")  # not for another unit's officers, whose failure it would be
    for named in (["zhao"], ["li", "zhao"]):
        answer = await visitor.post("/api/records/acts", json={**act, "officers": named})
        assert answer.status_code == 403, answer.text
    await signed_in(visitor, "li")
    wrong = await visitor.post("/api/records/acts", json={**act, "kind": "dance"})
    assert (wrong.status_code, "no kind of act" in wrong.text) == (422, True)
    headers = {"X-CSRF-Token": "x"}
    assert (await visitor.post("/api/records/acts", json=act, headers=headers)).status_code == 403
    rows = await database.rows("records_acts", from_ms=0, to_ms=1 << 60, unit_id="first")
    assert [(row["kind"], row["officers"]) for row in rows] == [("seizure", ["li"])]


async def _check_record(visitor: httpx.AsyncClient, record_id: str) -> None:
    """Facts, leads, gaps, what the checklist lacks, custody, the way to the player."""
    shown = await visitor.get(f"/records/{record_id}")
    assert shown.status_code == 200, shown.text
    for text in ("泳池水质", "某馆", "未登记领用", "未说明原因", "AV-15", "SM3", "日志叶等待编号"):
        assert text in shown.text, text
    play = await visitor.get(f"/records/{record_id}/play")
    assert play.status_code == 303
    assert play.headers["location"].startswith(f"/viewing/record/{record_id}/original/")
    visitor.cookies.set("language", "en")
    english = await visitor.get(f"/records/{record_id}")
    for text in ("No reason stated", "was not issued", "Missing on the checklist"):
        assert text in english.text, text
    visitor.cookies.delete("language")


async def _check_figures(visitor: httpx.AsyncClient) -> None:
    month = await visitor.get("/records/statistics")
    assert month.status_code == 200, month.text
    for text in ("2026-11", "2026-10", "未记录 1/1", "第三十五条清单"):
        assert text in month.text, text
    assert (await visitor.get("/records/statistics?month=2026-13")).status_code == 422
    past = await visitor.get("/records/statistics?month=2020-01")
    assert past.status_code == 200
    assert "无。" in past.text


async def _check_filters(visitor: httpx.AsyncClient) -> None:
    for query, hits in (
        ("act=inspection", 2), ("act=hearing", 0), ("search=某馆", 2), ("search=100%25", 0),
        ("only=late", 0), ("act=nonsense", 2),
    ):  # fmt: skip
        found = await visitor.get(f"/records?{query}")
        assert found.status_code == 200
        assert found.text.partition("<main")[2].count("<section") == hits, query
    assert (await visitor.get("/records?only=x")).status_code == 422
