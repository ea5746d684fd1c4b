"""The door for platforms and the officers' pages over HTTP: who is believed, what is refused."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path

import httpx
import msgspec
import pytest

from dashboards.triage.app import create_app
from pipelines.cases.signing import doubt, headers_for
from pipelines.clocks import keep
from pipelines.clocks.watch import look
from pipelines.clues.types import MAX_BODY_BYTES
from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.clocks.world import DAY, World, at
from tests.contract.clues.receiver import CLUE, SECRET
from tests.contract.dashboards.registered import password_hash
from tests.contract.dashboards.visits import signed_in

T = at("2026-03-02T10:00")
KEY = "a key of the province"
FILE = f"""
[[platform]]
id = "province"
name = {{ zh = "省平台", en = "Province" }}
secret = "{SECRET}"
api_key_sha256 = "{hashlib.sha256(KEY.encode()).hexdigest()}"
unit = "south"
"""


class House:
    """The site over the world's database."""

    def __init__(self, world: World, database: Database, folder: Path) -> None:
        (folder / "platforms.toml").write_text(FILE, "utf-8")
        settings = Settings(
            database_url=world.url, data_dir=folder, clue_platforms=folder / "platforms.toml"
        )
        world.run("UPDATE officers SET password_hash = %s", password_hash())
        self.now_ms = T
        self.app = create_app(settings, database, clock=lambda: self.now_ms)

    def client(self) -> httpx.AsyncClient:
        """A browser or a platform."""
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://vigil.test")

    async def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """What a platform sends."""
        async with self.client() as client:
            return await client.post("/v1/clues", content=body, headers=headers)

    async def signed(self, body: bytes, **how: int) -> httpx.Response:
        """The same, signed."""
        return await self.post(body, headers_for(SECRET, "m", body, now_ms=how.get("at", T)))


@pytest.fixture
def house(world: World, database: Database, tmp_path: Path) -> House:
    """A site to knock at."""
    return House(world, database, tmp_path)


BODY = msgspec.json.encode(CLUE)


async def test_signed_or_with_a_key_is_taken_once(house: House, world: World) -> None:
    """OFF-8: 202 with a receipt that we signed; the same again is the very same receipt."""
    first = await house.signed(BODY)
    again = await house.post(BODY, {"authorization": f"Bearer {KEY}"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert doubt(SECRET, dict(first.headers), first.content, now_ms=T) == ""
    other = await house.signed(msgspec.json.encode(msgspec.structs.replace(CLUE, claim="别的")))
    assert other.status_code == 409
    assert other.json()["detail"]["body_sha256"] == first.json()["data"]["body_sha256"]
    assert world.sql("SELECT count(*) FROM clues") == [(1,)]


async def test_many_at_once_are_one(house: House, world: World) -> None:
    """OFF-8: eight of the same at the same moment."""
    answers = await asyncio.gather(*(house.signed(BODY) for _ in range(8)))
    assert {a.status_code for a in answers} == {202}
    assert len({a.content for a in answers}) == 1
    assert world.sql("SELECT count(*) FROM clue_events") == [(1,)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer nothing"},
        {"authorization": "Bearer "},
        {"authorization": f"Basic {KEY}"},
        headers_for(SECRET, "m", b"other", now_ms=T),
        headers_for(SECRET, "m", BODY, now_ms=T - 6 * 60_000),
        headers_for("whsec_b3RoZXI=", "m", BODY, now_ms=T),
    ],
)
async def test_a_stranger_is_refused(house: House, world: World, headers: dict[str, str]) -> None:
    """OFF-8: no key, a wrong one, another's signature or an old one: 401, and nothing changed."""
    assert (await house.post(BODY, headers)).status_code == 401
    assert world.sql("SELECT count(*) FROM clues") == [(0,)]
    assert world.sql("SELECT count(*) FROM clue_refusals") == [(0,)]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"{}", b"\xff\xfe",
        json.dumps({"platform_id": "x", "title": "t", "claim": "c", "more": 1}).encode(),
        json.dumps({"platform_id": "a b", "title": "t", "claim": "c"}).encode(),
        json.dumps({"platform_id": "x", "title": "t\0", "claim": "c"}).encode(),
        json.dumps({"platform_id": "x", "title": "t", "claim": "\ud800"}).encode(),
        json.dumps({"platform_id": "x", "title": "", "claim": "c"}).encode(),
        json.dumps({"platform_id": "x", "title": "t", "claim": "c", "deadline": "soon"}).encode(),
        json.dumps({"platform_id": "x", "title": "t", "claim": "c",
                    "deadline": "2026-03-05T12:00:00"}).encode(),
        json.dumps({"platform_id": "x", "title": "t", "claim": "c",
                    "attachments": [{"name": "a", "sha256": "A" * 64}]}).encode(),
    ],
)  # fmt: skip
async def test_what_is_no_clue(house: House, world: World, body: bytes) -> None:
    """OFF-8: 422 with the reason; it is no clue of ours, and is kept as it came, once."""
    answer = await house.signed(body)
    assert answer.status_code == 422, answer.text
    assert (await house.signed(body)).status_code == 422
    assert world.sql("SELECT count(*) FROM clues") == [(0,)]
    ((kept, reason, unit),) = world.sql("SELECT body, reason, unit_id FROM clue_refusals")
    assert (bytes(kept), reason, unit) == (body, answer.json()["detail"], "south")


async def test_too_large(house: House) -> None:
    """OFF-8: a body has a bound, known before the sender is."""
    assert (await house.post(b"x" * (MAX_BODY_BYTES + 1), {})).status_code == 413


async def test_the_schema_is_published(house: House) -> None:
    """OFF-8: a platform can be fitted by the document alone."""
    async with house.client() as client:
        found = (await client.get("/openapi.json")).json()["paths"]["/v1/clues"]["post"]
    schema = found["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["required"]) == {"platform_id", "title", "claim"}
    assert set(found["responses"]) >= {"202", "401", "409", "413", "422"}


async def test_officers_of_the_unit_and_nobody_else(house: House, world: World) -> None:
    """OFF-8: the clue is the north's: another unit's officer and an analyst are refused."""
    clue_id = (await house.signed(BODY)).json()["data"]["clue_id"]
    for who, status in (("wang", 200), ("lead", 200), ("south", 403), ("ana", 403)):
        client = await signed_in(house.client(), who)
        assert (await client.get(f"/clues/{clue_id}")).status_code == status
        posted = await client.post(f"/clues/{clue_id}", data={"action": "accept"})
        assert posted.status_code == 403  # no token of ours in the form
    south = await signed_in(house.client(), "south")
    assert (await south.get("/api/clues")).json() == []
    wang = await signed_in(house.client(), "wang")
    assert [one["clue_id"] for one in (await wang.get("/api/clues")).json()] == [clue_id]
    assert (await wang.get("/clues/nothing")).status_code == 404
    assert world.sql("SELECT state FROM clues") == [("received",)]


async def test_clocks_by_page_and_by_script(house: House, world: World) -> None:
    """OFF-17, OFF-21: by unit, with law and confidence; only a leader may pause, with a reason."""
    world.alert("a", at_ms=T)
    await world.keep(keep.started("verdict", "alert", "a", at_ms=T))
    clock_id = world.clock("verdict", "a")["clock_id"]
    wang = await signed_in(house.client(), "wang")
    (one,) = (await wang.get("/api/clocks")).json()
    assert (one["clock_id"], one["length_confidence"], one["unit_id"]) == (clock_id, "eng", "north")
    assert (await (await signed_in(house.client(), "south")).get("/api/clocks")).json() == []
    page = (await wang.get("/clocks")).text
    token = page.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": token, "reason": "appraisal", "ground": "送检"}
    assert (await wang.post(f"/clocks/{clock_id}/pause", data=form)).status_code == 403
    lead = await signed_in(house.client(), "lead")
    form["csrf"] = (await lead.get("/clocks")).text.split('name="csrf" value="')[1].split('"')[0]
    bad = await lead.post(f"/clocks/{clock_id}/pause", data=form | {"reason": "holiday"})
    assert bad.status_code == 409
    assert (await lead.post(f"/clocks/{clock_id}/pause", data=form)).status_code == 303
    assert world.clock("verdict", "a")["state"] == "paused"
    assert (await lead.post(f"/clocks/{clock_id}/resume", data=form)).status_code == 303
    house.now_ms = T + 40 * DAY
    await look(world.database, house.now_ms)
    lead = await signed_in(house.client(), "lead")  # a session lasts a day's work
    form["csrf"] = (await lead.get("/clocks")).text.split('name="csrf" value="')[1].split('"')[0]
    assert (await lead.post(f"/clocks/{clock_id}/hear", data=form)).status_code == 303
    assert world.clock("verdict", "a")["heard_by"] == "lead"
    for path in (
        "/clocks?state=breached",
        "/clocks?state=all",
        "/clocks/ledger",
        "/clocks/ledger?state=",
    ):
        assert (await lead.get(path)).status_code == 200
    assert (await lead.get("/clocks?state=nonsense")).status_code == 422


async def test_the_ledger_by_script(house: House) -> None:
    """OFF-21: a clue that nobody took up stands in its unit's ledger alone."""
    await house.signed(BODY)
    house.now_ms = T + 40 * DAY
    lead, far = [await signed_in(house.client(), who) for who in ("lead", "far")]
    found = (await lead.get("/api/clocks/ledger")).json()
    assert {one["step"]: one["state"] for one in found} == {
        "receipt": "overdue", "result": "overdue",
    }  # fmt: skip
    assert (await far.get("/api/clocks/ledger")).json() == []
