"""Taking evidence out over HTTP: asked for, approved, made, given for a short while."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator

import pytest

from pipelines.settings import Settings
from pipelines.transparency import leaf
from pipelines.transparency.leaf import Kind
from tests.contract.access.world import House
from tests.contract.dashboards.registered import password_hash
from tests.contract.evidence.conftest import T0, World, database, own_url, video, world

__all__ = ["database", "own_url", "video", "world"]
MINUTE_MS = 60_000


@pytest.fixture
async def sealed(world: World) -> AsyncIterator[House]:
    """The site over an alert with sealed evidence, an officer and two leaders."""
    world.record(T0 - 3000, told=True)
    world.sensor_alert()
    await world.seal("a1")
    for who, role in (("wang", "officer"), ("li", "leader"), ("sun", "leader")):
        world.sql(
            "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash)"
            " VALUES (%s, %s, %s, %s, %s)",
            (who, who, who, role, password_hash()),
        )
    settings = Settings(database_url=world.url, data_dir=world.folder)
    house = House(settings, world.database)
    house.clock.now_ms = T0 + 10 * MINUTE_MS
    yield house
    await house.app.state.site.copies.close()


async def test_an_export_is_approved_made_and_given_for_a_short_while(
    sealed: House, world: World
) -> None:
    """AV-30: nobody without a leader's word; the package names maker, extractor, approver."""
    client = await sealed.enter("wang")
    asked = await client.post("/api/access/requests", json=_asking(sealed))
    request_id = str(asked.json()["request_id"])
    url, form = f"/access/requests/{request_id}/package", {"csrf": client.headers["X-CSRF-Token"]}
    early = await client.post(url, data=form)
    assert (early.status_code, early.headers["content-type"][:9]) == (403, "text/html")
    assert (await sealed.answer(request_id, "approve", by="li")).status_code == 200
    leader = await sealed.enter("li")
    theirs = {"csrf": leader.headers["X-CSRF-Token"]}
    assert (await leader.post(url, data=theirs)).status_code == 404  # it is the applicant's
    taken = await client.post(url, data=form)
    assert taken.status_code == 200, taken.text
    with zipfile.ZipFile(io.BytesIO(taken.content)) as package:
        said = next(n for n in package.namelist() if n.endswith("package.json"))
        told = package.read(said).decode()
    assert '"extractor":"wang"' in told
    assert '"approved_by":"li"' in told
    assert (await client.post(url, data=form)).content == taken.content
    sealed.clock.now_ms += 16 * MINUTE_MS
    assert (await client.post(url, data=form)).status_code == 403
    rows = world.sql("SELECT leaves FROM log_pending ORDER BY pending_id")
    kinds = [one.kind for (data,) in rows for one in leaf.decode(bytes(data))]  # type: ignore[call-overload]
    assert kinds[-5:] == [Kind.REQUEST, Kind.APPROVAL, Kind.EXPORT, Kind.VIEW, Kind.VIEW]


async def test_a_leader_needs_another_leader(sealed: House) -> None:
    """AV-30: whoever takes out is not who approves."""
    client = await sealed.enter("li")
    asked = await client.post("/api/access/requests", json=_asking(sealed))
    request_id = str(asked.json()["request_id"])
    assert (await sealed.answer(request_id, "approve", by="li")).status_code == 403
    assert (await sealed.answer(request_id, "approve", by="sun")).status_code == 200
    form = {"csrf": client.headers["X-CSRF-Token"]}
    taken = await client.post(f"/access/requests/{request_id}/package", data=form)
    assert taken.status_code == 200, taken.text


def _asking(house: House) -> dict[str, object]:
    return {
        "action": "export", "kind": "alert", "id": "a1", "reason": "附卷", "matter": "case 7",
        "from_ms": house.clock.now_ms, "to_ms": house.clock.now_ms + 86_400_000,
    }  # fmt: skip
