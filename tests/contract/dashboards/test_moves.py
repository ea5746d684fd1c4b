"""Moves over HTTP: who may, once, not on a stale page, and what is written."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from pipelines import codec
from pipelines.store import Database
from tests.contract.dashboards.rows import POOL_ALERT, SEALING_ALERT, STAGED_ALERT
from tests.contract.dashboards.visits import signed_in

MOVES = f"/api/alerts/{POOL_ALERT}/moves"
CONFIRM = {"action": "confirm", "ground": "现场复测 1.6 mg/L"}


async def test_confirming_writes_state_trail_and_verdict(
    officer: httpx.AsyncClient, database: Database
) -> None:
    answer = await officer.post(MOVES, json=CONFIRM)
    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    alert = (await officer.get(f"/api/alerts/{POOL_ALERT}")).json()
    assert alert["state"] == "confirmed"
    assert alert["events"][-1]["action"] == "confirmed"
    assert alert["events"][-1]["actor"] == "3301"
    (row,) = await database.query("SELECT topic, key, value FROM outbox")
    verdict = codec.decode(row["value"], codec.VerdictMessage)
    assert (row["topic"], row["key"]) == ("verdicts", b"pool")
    assert (verdict.alert_id, verdict.verdict, verdict.actor) == (POOL_ALERT, "confirmed", "3301")


async def test_a_double_click_is_once(officer: httpx.AsyncClient, database: Database) -> None:
    both = await asyncio.gather(*(officer.post(MOVES, json=CONFIRM) for _ in range(2)))
    assert [a.status_code for a in both] == [200, 200]
    assert sorted(a.json()["repeated"] for a in both) == [False, True]
    assert len(await database.query("SELECT 1 FROM outbox")) == 1


async def test_a_stale_move_is_refused(officer: httpx.AsyncClient, database: Database) -> None:
    await officer.post(MOVES, json={"action": "acknowledge"})
    late = await officer.post(MOVES, json=CONFIRM | {"seen": "open"})
    assert (late.status_code, late.json()["detail"]["state"]) == (409, "acknowledged")
    assert await database.query("SELECT 1 FROM outbox") == []
    assert (await officer.post(MOVES, json=CONFIRM | {"seen": "acknowledged"})).status_code == 200
    dismissed = {"action": "dismiss", "reason_code": "other", "ground": "too late"}
    assert (await officer.post(MOVES, json=dismissed)).status_code == 409


async def test_a_stale_form_gets_a_page_that_says_so(officer: httpx.AsyncClient) -> None:
    shown = (await officer.get(f"/alerts/{POOL_ALERT}")).text
    token = re.search(r'name="csrf" value="([^"]+)"', shown)
    assert token is not None
    await officer.post(MOVES, json={"action": "acknowledge"})
    form = {"csrf": token[1], "seen": "open", **CONFIRM}
    answer = await officer.post(f"/alerts/{POOL_ALERT}", data=form)
    assert answer.status_code == 409
    assert "这条预警已被处置" in answer.text
    assert "已受理" in answer.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"action": "confirm"}, "ground_missing"),
        ({"action": "confirm", "ground": "  "}, "ground_missing"),
        ({"action": "dismiss", "ground": "x"}, "reason_missing"),
        ({"action": "dismiss", "ground": "x", "reason_code": "bored"}, "reason_missing"),
        ({"action": "acknowledge", "reason_code": "other"}, "reason_not_expected"),
    ],
)
async def test_incomplete_moves_are_refused(
    officer: httpx.AsyncClient, body: dict[str, str], code: str
) -> None:
    answer = await officer.post(MOVES, json=body)
    assert (answer.status_code, answer.json()["detail"]) == (422, code)


async def test_a_doubt_is_noted_and_the_alert_keeps_waiting(officer: httpx.AsyncClient) -> None:
    answer = await officer.post(MOVES, json={"action": "unsure", "ground": "画面看不清"})
    assert answer.json()["state"] == "open"
    alert = (await officer.get(f"/api/alerts/{POOL_ALERT}")).json()
    assert alert["events"][-1]["ground"] == "画面看不清"


async def test_without_the_token_nothing_moves(
    officer: httpx.AsyncClient, database: Database
) -> None:
    del officer.headers["X-CSRF-Token"]
    assert (await officer.post(MOVES, json=CONFIRM)).status_code == 403
    wrong = {"X-CSRF-Token": "wrong"}
    assert (await officer.post(MOVES, json=CONFIRM, headers=wrong)).status_code == 403
    assert (await officer.post(f"/alerts/{POOL_ALERT}", data=CONFIRM)).status_code == 403
    assert await database.query("SELECT 1 FROM outbox") == []


async def test_an_analyst_may_look_but_not_decide(visitor: httpx.AsyncClient) -> None:
    analyst = await signed_in(visitor, "3390")
    assert (await analyst.post(MOVES, json=CONFIRM)).status_code == 403
    assert "不能处置" in (await analyst.get(f"/alerts/{POOL_ALERT}")).text


@pytest.mark.parametrize("alert_id", [SEALING_ALERT, STAGED_ALERT, "nothing"])
async def test_what_is_not_before_officers_is_not_found(
    officer: httpx.AsyncClient, alert_id: str
) -> None:
    assert (await officer.get(f"/alerts/{alert_id}")).status_code == 404
    assert (await officer.get(f"/api/alerts/{alert_id}")).status_code == 404
    answer = await officer.post(f"/api/alerts/{alert_id}/moves", json=CONFIRM)
    assert answer.status_code == 404
