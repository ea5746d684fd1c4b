"""Silences and incidents over HTTP: who may, what is refused, and that nothing changes then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.contract.alerts.joined import HELD, INCIDENT, SILENCE, joined
from tests.contract.dashboards.registered import password_hash
from tests.contract.dashboards.rows import (
    CAMERA_ALERT,
    HOUR,
    NOW_MS,
    POOL_ALERT,
    SEALING_ALERT,
    authority,
)
from tests.contract.dashboards.visits import signed_in

DAY = 24 * HOUR


@pytest.fixture
async def app(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[Any]:
    settings = Settings(database_url=fresh_database_url, data_dir=tmp_path)
    authority(settings.database_url, FolderVault(settings.objects))
    joined(settings.database_url)
    with psycopg.connect(fresh_database_url) as db:
        db.execute("INSERT INTO units VALUES ('water', '供水科', 'Water supply')")
        add = (
            "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash, unit_id)"
            " VALUES (%s, %s, %s, %s, %s, %s)"
        )
        for who, role, unit in (("chief", "leader", "authority"), ("stranger", "officer", "water")):
            db.execute(add, (who, who, who, role, password_hash(), unit))
    async with Database(settings.database_url, max_size=4) as database:
        yield create_app(settings, database, clock=lambda: NOW_MS)


async def enter(app: Any, officer_id: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    client = httpx.AsyncClient(transport=transport, base_url="http://vigil.test")
    return await signed_in(client, officer_id)


def wanted(**more: Any) -> dict[str, Any]:
    return {"site_id": "pool-1", "reason": "探头检修中", "to_ms": NOW_MS + DAY} | more


async def test_a_silence_is_made_shown_and_ended(app: Any) -> None:
    """OFF-7: by an officer, with reason and end; seen by the whole unit; what it held is named."""
    officer = await enter(app, "3301")
    made = await officer.post("/api/silences", json=wanted(rule_id="pool-ph"))
    assert made.status_code == 201, made.text
    silence_id = made.json()["silence_id"]
    listed = {row["silence_id"]: row for row in (await officer.get("/api/silences")).json()}
    assert listed[silence_id]["standing"] == "in_force"
    assert (listed[SILENCE]["held"], listed[SILENCE]["holds"]) == (1, 1)
    page = (await (await enter(app, "3302")).get("/silences")).text
    assert "探头检修中" in page
    assert f"/alerts/{HELD}" in page
    assert 'action="/silences"' not in page  # a reviewer may look, not make one
    ended = await officer.post(f"/api/silences/{silence_id}/end", json={"reason": "修好了"})
    assert ended.status_code == 200
    again = await officer.post(f"/api/silences/{silence_id}/end", json={"reason": "修好了"})
    assert again.status_code == 404
    listed = {row["silence_id"]: row for row in (await officer.get("/api/silences")).json()}
    assert listed[silence_id]["standing"] == "over"


BAD = {
    "everything": ({"site_id": ""}, 422),
    "an unknown site": ({"site_id": "nowhere"}, 422),
    "an unknown rule": ({"rule_id": "nothing"}, 422),
    "no reason": ({"reason": "  "}, 422),
    "too long": ({"to_ms": NOW_MS + 15 * DAY}, 422),
    "the past": ({"to_ms": NOW_MS - 1}, 422),
    "no number": ({"to_ms": "soon"}, 422),
    "beyond time": ({"to_ms": 10**30}, 422),
    "a great reason": ({"reason": "x" * 3000}, 422),
    "critical by an officer": ({"critical": True}, 403),
}


@pytest.mark.parametrize(("more", "status"), BAD.values(), ids=BAD.keys())
async def test_a_bad_silence_is_refused(app: Any, more: dict[str, Any], status: int) -> None:
    """OFF-7: with a code, and none is made."""
    officer = await enter(app, "3301")
    assert (await officer.post("/api/silences", json=wanted(**more))).status_code == status
    assert len((await officer.get("/api/silences")).json()) == 1


async def test_who_may_silence(app: Any) -> None:
    """OFF-21: officers and leaders of the unit; critical ones a leader; nobody without token."""
    for who, critical, status in (("chief", True, 201), ("chief", False, 201), ("3302", False, 403),
                                  ("3390", False, 403), ("stranger", False, 422)):  # fmt: skip
        client = await enter(app, who)
        answer = await client.post("/api/silences", json=wanted(critical=critical, reason=who * 4))
        assert (who, answer.status_code) == (who, status)
    officer = await enter(app, "3301")
    del officer.headers["X-CSRF-Token"]
    assert (await officer.post("/api/silences", json=wanted())).status_code == 403
    stranger = await enter(app, "stranger")
    assert (await stranger.get("/api/silences")).json() == []
    answer = await stranger.post(f"/api/silences/{SILENCE}/end", json={"reason": "mine now"})
    assert answer.status_code == 404


async def test_an_incident_tells_its_findings_and_why(app: Any) -> None:
    """OFF-7: by title of the gravest, with a bar for each finding and the named reason."""
    officer = await enter(app, "3301")
    (one,) = (await officer.get("/api/incidents")).json()
    assert (one["incident_id"], one["members"], one["severity"]) == (INCIDENT, 2, "high")
    assert one["kinds"] == ["camera", "sensor"]
    whole = (await officer.get(f"/api/incidents/{INCIDENT}")).json()
    assert {m["alert_id"] for m in whole["members"]} == {POOL_ALERT, CAMERA_ALERT}
    assert [link["reason"] for link in whole["links"]] == ["bathing_load"]
    assert INCIDENT in (await officer.get("/incidents")).text
    page = (await officer.get(f"/incidents/{INCIDENT}")).text
    assert page.count('class="span-sensor') == page.count('class="span-camera') == 1
    assert "人数超过核定" in page
    assert "style=" not in page


async def test_another_units_incident_is_not_there(app: Any) -> None:
    """AV-24: neither to look at nor to change."""
    stranger = await enter(app, "stranger")
    assert (await stranger.get("/api/incidents")).json() == []
    assert (await stranger.get(f"/incidents/{INCIDENT}")).status_code == 404
    answer = await stranger.post(
        f"/api/incidents/{INCIDENT}/detach", json={"alert_id": POOL_ALERT, "ground": "x"}
    )
    assert answer.status_code == 404


async def test_an_officer_regroups_and_an_analyst_does_not(app: Any) -> None:
    """OFF-7: an act with a ground, in the trail of the finding; a single finding may be put in."""
    analyst, officer = await enter(app, "3390"), await enter(app, "3301")
    out = {"alert_id": CAMERA_ALERT, "ground": "另一件事"}
    path = f"/api/incidents/{INCIDENT}"
    assert (await analyst.post(f"{path}/detach", json=out)).status_code == 403
    assert (await officer.post(f"{path}/detach", json=out | {"ground": ""})).status_code == 422
    left = (await officer.post(f"{path}/detach", json=out)).json()
    assert [m["alert_id"] for m in left["members"]] == [POOL_ALERT]
    back = {"other_id": CAMERA_ALERT, "ground": "还是同一件"}
    whole = (await officer.post(f"{path}/merge", json=back)).json()
    assert len(whole["members"]) == 2
    for other, code in ((CAMERA_ALERT, "the_same"), (SEALING_ALERT, "no_such_incident"),
                        ("'; DROP TABLE alerts", "no_such_incident")):  # fmt: skip
        answer = await officer.post(f"{path}/merge", json={"other_id": other, "ground": "x"})
        assert (answer.status_code, answer.json()["detail"]["error"]) == (422, code)
    page = (await officer.get(f"/incidents/{INCIDENT}")).text
    assert "另一件事" in page
    assert "还是同一件" in page


async def test_forms_say_what_is_wrong_and_keep_what_was_written(app: Any) -> None:
    """OFF-7: the same without a script; a form of somebody else's page is refused."""
    officer = await enter(app, "3301")
    csrf = officer.headers["X-CSRF-Token"]
    form = {"csrf": csrf, "site_id": "pool-1", "reason": "检修", "ends": "never"}
    bad = await officer.post("/silences", data=form)
    assert bad.status_code == 422
    assert 'role="alert"' in bad.text
    assert 'value="检修"' in bad.text
    refused = await officer.post("/silences", data=form | {"csrf": "x"})
    assert refused.status_code == 403
    answer = await officer.post(f"/incidents/{INCIDENT}/detach", data={"csrf": csrf, "other": "x"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert (
        await officer.post(f"/incidents/{INCIDENT}/burn", data={"csrf": csrf})
    ).status_code == 404
