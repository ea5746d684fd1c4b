"""The pages of cases: who sees them, what they show, what a leader does there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from tests.contract.cases.world import AT_MS, NOW_MS, SECRET, World, case_system
from tests.contract.dashboards.registered import password_hash
from tests.contract.dashboards.visits import signed_in

URL = "http://cases.test"


@dataclass(slots=True)
class House:
    """The site over the world's database."""

    world: World
    app: object

    @asynccontextmanager
    async def enter(self, officer_id: str) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody signed in."""
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]  # FastAPI's
        async with httpx.AsyncClient(transport=transport, base_url="http://vigil.test") as client:
            yield await signed_in(client, officer_id)


@pytest.fixture
async def house(world: World, tmp_path: Path) -> House:
    """An officer, a leader and an analyst of the unit, and one case."""
    for who, role in (("zhou", "officer"), ("lin", "leader"), ("data", "analyst")):
        world.rows(
            "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING 1", who, who, who, role, password_hash(),
        )  # fmt: skip
    settings = Settings(
        database_url=world.url, data_dir=tmp_path / "site", case_secret=SECRET,
        case_system_url=URL,
    )  # fmt: skip
    return House(world, create_app(settings, world.database, clock=lambda: NOW_MS))


async def test_list_and_case_are_shown_to_those_who_may(house: House) -> None:
    """OFF-17, OFF-18: steps, suggestion, sendings, answers on one page; analysts see none."""
    house.world.alert("a1")
    case_id = await house.world.confirm("a1")
    await house.world.step(case_id, "accepted", AT_MS + 1000)
    await house.world.step(
        case_id, "decided", AT_MS + 2000, decision="penalty", amount_fen=50_000, document="2026-7"
    )
    async with house.enter("zhou") as officer:
        listed = (await officer.get("/cases")).text
        assert case_id[:12] in listed
        assert "予以处罚" in listed
        none = (await officer.get("/cases", params={"state": "refused"})).text
        assert "没有符合条件的案件" in none
        assert case_id[:12] in (await officer.get("/cases", params={"search": "双溪"})).text
        assert case_id[:12] not in (await officer.get("/cases", params={"search": "%"})).text
        shown = (await officer.get(f"/cases/{case_id}")).text
        for words in ("受理", "2026-7", "500.00", "公共场所卫生管理条例", "仅为建议"):
            assert words in shown
        assert "重新报送" not in shown, "an officer sends nothing again"
        sent = await officer.get(f"/cases/{case_id}/revisions/1")
        assert sent.content == bytes(house.world.case()["payload"])
        assert (await officer.get(f"/cases/{case_id}/revisions/2")).status_code == 404
        assert (await officer.get(f"/cases/{case_id}/index")).status_code == 404
        assert (await officer.get("/cases/nobody")).status_code == 404
        officer.cookies.set("language", "en")
        assert "Cases handed over" in (await officer.get("/cases")).text
        assert "A suggestion only" in (await officer.get(f"/cases/{case_id}")).text
    async with house.enter("data") as analyst:
        assert (await analyst.get("/cases")).status_code == 403
        assert (await analyst.get(f"/cases/{case_id}")).status_code == 403


async def test_the_index_of_a_closed_file_is_fetched(house: House) -> None:
    """OFF-20: the archive's index with its digest."""
    house.world.alert("a1")
    case_id = await house.world.confirm("a1")
    await house.world.step(case_id, "closed", AT_MS + 1000)
    async with house.enter("zhou") as officer:
        index = await officer.get(f"/cases/{case_id}/index")
        assert index.json()["format"] == "vigil-case-index/1"
        assert house.world.case()["archive_sha256"] in (await officer.get(f"/cases/{case_id}")).text


async def test_only_a_leader_sends_again_corrects_and_reopens(house: House, tmp_path: Path) -> None:
    """OFF-17, OFF-21: dead letters are sent again from the site; nothing without a token."""
    world = house.world
    world.alert("a1")
    case_id = await world.confirm("a1")
    with case_system(tmp_path / "cs", "--hang") as url:
        await world.deliver(url, attempts=1, timeout_s=0.2)
    assert world.case()["state"] == "undelivered"
    world.rows("INSERT INTO case_endpoints VALUES (%s, %s, '410', 'vigil') RETURNING 1", URL, AT_MS)
    acts = (f"/cases/{case_id}/resend", f"/cases/{case_id}/correct", "/cases/acts/reopen")
    async with house.enter("zhou") as officer:
        token = officer.headers["X-CSRF-Token"]
        for act in acts:
            answer = await officer.post(act, data={"csrf": token, "words": "x"})
            assert answer.status_code == 403
    async with house.enter("lin") as leader:
        token = leader.headers["X-CSRF-Token"]
        assert "重新报送" in (await leader.get(f"/cases/{case_id}")).text
        assert "恢复报送" in (await leader.get("/cases")).text
        assert (await leader.post(acts[0], data={"csrf": "no"})).status_code == 403
        for act in acts:
            answer = await leader.post(act, data={"csrf": token, "words": "核对地点"})
            assert answer.status_code == 303
    assert world.case()["state"] == "pending"
    assert world.rows("SELECT actor FROM alert_events WHERE action = 'case_resent'") == [
        {"actor": "lin"}
    ]
    (asked,) = world.rows("SELECT * FROM alert_events WHERE action = 'case_correction_asked'")
    assert (asked["actor"], asked["ground"]) == ("lin", "核对地点")
    assert world.rows("SELECT changed_by, disabled_ms FROM case_endpoints") == [
        {"changed_by": "lin", "disabled_ms": None}
    ]
