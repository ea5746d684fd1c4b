"""Keeping over HTTP: who sees it, who may do what, what a refusal says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from tests.contract.dashboards.registered import password_hash
from tests.contract.dashboards.visits import signed_in
from tests.contract.keeping.test_prune import LONG_AGO, NOW
from tests.contract.keeping.world import DAY, World, evidence_of


class Doors:
    """Officers at the site, each with a session."""

    def __init__(self, world: World, stack: AsyncExitStack) -> None:
        world.sql("UPDATE officers SET password_hash = %s", (password_hash(),))
        settings = Settings(database_url=world.url, data_dir=world.folder)
        self._app = create_app(settings, world.database, clock=lambda: NOW)
        self._stack = stack

    async def __call__(self, officer_id: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self._app)
        client = httpx.AsyncClient(transport=transport, base_url="http://vigil.test")
        return await signed_in(await self._stack.enter_async_context(client), officer_id)


@pytest.fixture
async def door(world: World) -> AsyncIterator[Doors]:
    """The site's door."""
    async with AsyncExitStack() as stack:
        yield Doors(world, stack)


async def post(client: httpx.AsyncClient, name: str, **said: str) -> httpx.Response:
    """One call of the API."""
    return await client.post(f"/api/keeping/{name}", json=said)


async def test_two_people_by_the_api(world: World, door: Doors) -> None:
    """AV-28: propose, approve by another, carry out; the page shows it."""
    (sha256,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    await world.sealed("a2", b"two", at_ms=NOW - DAY, state="dismissed")
    arch, lead = await door("arch"), await door("lead")
    kept = (await arch.get("/api/keeping")).json()
    assert [item["item_id"] for item in kept["may_go"]] == [evidence_of("a1")]
    assert kept["may_go"][0]["policies"] == ["dismissed_evidence"]
    assert [item["item_id"] for item in kept["soon"]] == [evidence_of("a2")]
    proposal_id = (await post(arch, "propose")).json()["proposal_id"]
    assert (await arch.get("/api/keeping")).json()["may_go"] == []
    refused = await post(arch, "approve", subject=proposal_id)
    assert (refused.status_code, refused.json()["detail"]["error"]) == (403, "not_allowed")
    assert (await post(lead, "carry-out", subject=proposal_id)).status_code == 403
    assert (await post(arch, "carry-out", subject=proposal_id)).status_code == 409
    assert (await post(lead, "approve", subject=proposal_id)).status_code == 200
    assert (await post(lead, "approve", subject=proposal_id)).status_code == 409
    came = (await post(arch, "carry-out", subject=proposal_id)).json()
    assert came["removed"] == [sha256]
    assert came["certificates"][0] in (await arch.get("/keeping")).text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_page_empty_and_full(world: World, door: Doors, language: str) -> None:
    """AV-28, AV-29: both languages; nothing is left unsaid where there is nothing."""
    arch, lead = await door("arch"), await door("lead")
    for client in (arch, lead):
        client.cookies.set("language", language)
        empty = await client.get("/keeping")
        assert empty.status_code == 200
        assert ("没有待处理的提议" if language == "zh" else "No proposal waits") in empty.text
    await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    await world.sealed("a2", b"two", at_ms=LONG_AGO, state="dismissed")
    await post(arch, "hold", subject="alert:a2", reason="诉讼 <b>")
    await post(arch, "for-good", subject="alert:a2", ground="litigation", reason="suit 3")
    await post(arch, "propose")
    world.sql(
        "INSERT INTO mirror_runs VALUES (1, '/mnt/away', 1, %s, 1, 1, 0, 2, 9, 'x')", (NOW - DAY,)
    )
    for client, button in ((arch, "/keeping/propose"), (lead, "/keeping/approve")):
        page = (await client.get("/keeping")).text
        assert "诉讼 &lt;b&gt;" in page
        assert "/mnt/away" in page
        assert ('action="/keeping/release"' in page) == (client is lead)
        assert (button in page) == (client is lead)
        assert not re.search(r"keeping\.\w+|keeping_\w+\.", page)


async def test_forms_need_their_token_and_say_what_is_wrong(world: World, door: Doors) -> None:
    """AV-29: the page's forms do what the API does, with the session's token."""
    await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    arch, lead = await door("arch"), await door("lead")
    token = arch.headers["X-CSRF-Token"]
    form = {"subject": "alert:a1", "reason": "a suit"}
    assert (await arch.post("/keeping/hold", data=form)).status_code == 403
    good = await arch.post("/keeping/hold", data=form | {"csrf": token})
    assert (good.status_code, good.headers["location"]) == (303, "/keeping")
    for name, fields, status in (
        ("hold", {"subject": "alert:zz", "reason": "x"}, 404),
        ("hold", {"subject": "camera:cam", "reason": "x"}, 422),
        ("hold", {"subject": "alert:a1", "reason": " "}, 422),
        ("release", {"subject": "nothing", "reason": "x"}, 409),
        ("burn", {}, 404),
    ):
        answer = await arch.post(f"/keeping/{name}", data=fields | {"csrf": token})
        assert answer.status_code == status
        assert 'role="alert"' in answer.text
    held = (await arch.get("/api/keeping")).json()["holds"][0]["hold_id"]
    data = {"subject": held, "reason": "over", "csrf": lead.headers["X-CSRF-Token"]}
    assert (await lead.post("/keeping/release", data=data)).status_code == 303


@pytest.mark.parametrize(
    ("who", "status"),
    [("arch", 200), ("lead", 200), ("li", 200), ("far", 200), ("wang", 403), ("root", 403)],
)
async def test_who_sees_it(world: World, door: Doors, who: str, status: int) -> None:
    """AV-24: by the one table; another unit sees its own."""
    await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    client = await door(who)
    assert (await client.get("/keeping")).status_code == status
    answer = await client.get("/api/keeping")
    assert answer.status_code == status
    if who == "far":
        assert answer.json()["may_go"] == []
