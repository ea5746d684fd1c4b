"""Taking evidence out over HTTP: asked for, approved, made, given for a short while."""

from __future__ import annotations

import asyncio
import io
import os
import zipfile
from collections.abc import AsyncIterator

import pytest

from dashboards.triage.app import create_app
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


async def test_each_approval_gives_its_own_package_once(sealed: House) -> None:
    """AV-30: a longer grant does not stand in another's way; two clicks make one package."""
    client = await sealed.enter("wang")
    urls = []
    for days in (3, 1):
        asking = _asking(sealed) | {"to_ms": sealed.clock.now_ms + days * 86_400_000}
        asked = await client.post("/api/access/requests", json=asking)
        request_id = str(asked.json()["request_id"])
        assert (await sealed.answer(request_id, "approve", by="li")).status_code == 200
        urls.append(f"/access/requests/{request_id}/package")
    form = {"csrf": client.headers["X-CSRF-Token"]}
    both = await asyncio.gather(*(client.post(urls[0], data=form) for _ in range(2)))
    assert [one.status_code for one in both] == [200, 200]
    assert both[0].content == both[1].content
    other = await client.post(urls[1], data=form)
    assert other.status_code == 200, other.text


async def test_a_package_does_not_outlive_a_site_that_was_stopped(sealed: House) -> None:
    """AV-26: packages and halves of them, with plain originals, go when the site starts again."""
    folder = sealed.settings.data_dir / "exports"
    (folder / ".export-half").mkdir(parents=True)
    (folder / ".export-half" / "clip.mp4").write_bytes(b"plain")
    for name in ("old.zip", "new.zip"):
        (folder / name).write_bytes(b"package")
    for name in ("old.zip", ".export-half"):
        os.utime(folder / name, (1, 1))
    app = create_app(sealed.settings, sealed.database)
    assert [path.name for path in folder.iterdir()] == ["new.zip"]
    await app.state.site.copies.close()


def _asking(house: House) -> dict[str, object]:
    return {
        "action": "export", "kind": "alert", "id": "a1", "reason": "附卷", "matter": "case 7",
        "from_ms": house.clock.now_ms, "to_ms": house.clock.now_ms + 86_400_000,
    }  # fmt: skip
