"""The queue over HTTP and the real database: order, pages, filters, bulk, saved filters, live."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from detectors.types import digest_id
from pipelines import codec
from pipelines.alerts.moves import Request, make_move
from pipelines.store import Database
from pipelines.store.listening import heard
from pipelines.store.statements import statement
from tests.contract.dashboards.rows import CAMERA_ALERT, HOUR, NOW_MS, POOL_ALERT, SEALING_ALERT
from tests.contract.dashboards.visits import signed_in

WASTE, CO2 = digest_id("waste"), digest_id("co2")
DISMISS = {"action": "dismiss", "reason_code": "other", "ground": "read"}


async def _sql(database: Database, text: str) -> None:
    async with database.transaction() as tx:
        await tx._connection.execute(text.encode())


@pytest.fixture
async def many(database: Database) -> Database:
    """Besides the five, 130 of one risk: the order of equals is by id."""
    await _sql(
        database,
        "INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id,"  # noqa: S608
        " device_id, place, start_ms, detected_ms, unit, inputs, staged, state, grade,"
        " grade_reasons, risk, input_at_ms, stored_at_ms)"
        " SELECT 'many-' || n, 'pool-ph', '1', 'low', party_id, site_id, device_id, place,"
        " start_ms, detected_ms, unit, '{}', false, 'open', 'lead', '[]', 5, input_at_ms,"
        f" stored_at_ms FROM alerts, generate_series(1, 130) n WHERE alert_id = '{POOL_ALERT}'",
    )
    return database


@pytest.fixture
async def leader(visitor: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    """The unit's leader, signed in."""
    await _sql(
        database,
        "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash, unit_id)"
        " SELECT '3399', '林队长', 'Lin', 'leader', password_hash, unit_id FROM officers"
        " WHERE officer_id = '3301'",
    )
    return await signed_in(visitor, "3399")


def _ids(page: str) -> list[str]:
    return re.findall(r'<tr class="\w+" data-id="([^"]+)"', page)


def _link(page: str, rel: str) -> str:
    found = re.search(rf'<a rel="{rel}" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else ""


async def test_the_clock_goes_before_a_little_risk(
    officer: httpx.AsyncClient, database: Database
) -> None:
    """OFF-21: what is overdue comes first though its risk is lower; the row says so in words."""
    await _sql(
        database,
        f"UPDATE alerts SET due_ms = {NOW_MS - HOUR} WHERE alert_id = '{CO2}';"  # noqa: S608
        f"UPDATE alerts SET due_ms = {NOW_MS + 48 * HOUR} WHERE alert_id = '{WASTE}'",
    )
    page = (await officer.get("/")).text
    assert _ids(page)[:2] == [CO2, WASTE]
    assert "逾期 60 分钟" in page
    overdue = (await officer.get("/?clock=overdue")).text
    assert _ids(overdue) == [CO2]


async def test_pages_are_whole_and_stable_under_changes(
    officer: httpx.AsyncClient, many: Database
) -> None:
    """By key: what comes in front of a page that was read moves nothing on the next."""
    seen, path = list[str](), "/?state=active"
    first = (await officer.get(path)).text
    assert _link(first, "prev") == ""
    await _sql(many, f"UPDATE alerts SET state = 'open' WHERE alert_id = '{SEALING_ALERT}'")  # noqa: S608
    page = first
    while True:
        seen += _ids(page)
        path = _link(page, "next")
        if not path:
            break
        before, page = page, (await officer.get(path)).text
        back = (await officer.get(_link(page, "prev"))).text
        assert set(_ids(before)) >= set(_ids(back)) - {SEALING_ALERT}
    assert len(seen) == len(set(seen)) == 135
    assert (await officer.get("/?after=nonsense")).status_code == 422


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("severity=critical", {WASTE}),
        ("site=pool-1", {POOL_ALERT, CAMERA_ALERT}),
        ("party=clinic", {WASTE}),
        ("rule=hotel-co2", {CO2}),
        ("kind=device", {digest_id("silent")}),
        ("grade=lead", {CAMERA_ALERT, CO2}),
        ("assignee=me", set()),
        ("q=清波", {POOL_ALERT, CAMERA_ALERT}),
        ("q=看台", {CAMERA_ALERT}),
        (f"q={WASTE[:8]}", {WASTE}),
        ("q=%25", set()),
        ("q=91330702MA2E00003C", {CO2}),
        ("state=dismissed", {digest_id("ph")}),
        ("state=acknowledged", {CO2}),
        ("age=hour", {POOL_ALERT, CAMERA_ALERT}),
        ("age=over_day&state=all", {digest_id("ph")}),
        ("incident=none", set()),
    ],
)
async def test_each_filter_finds_what_it_says(
    officer: httpx.AsyncClient, query: str, expected: set[str]
) -> None:
    assert set(_ids((await officer.get(f"/queue/rows?{query}")).text)) == expected


async def test_another_units_alerts_are_in_no_list_and_no_count(
    officer: httpx.AsyncClient, database: Database
) -> None:
    await _sql(
        database,
        "INSERT INTO units (unit_id, name_zh, name_en) VALUES ('far', '外', 'Far');"
        "UPDATE sites SET unit_id = 'far' WHERE site_id = 'clinic-1'",
    )
    page = (await officer.get("/?state=all")).text
    assert WASTE not in page
    rows = await database.rows("triage_counts", unit_id="far", officer_id="", now_ms=0, soon_ms=0)
    assert [(r["state"], r["n"]) for r in rows] == [("open", 1)]
    many = {"alert_ids": [WASTE], **DISMISS}
    (came,) = (await officer.post("/api/alerts/moves", json=many)).json()
    assert came["problem"] == "refused"


async def test_groups_by_site_count_what_waits(officer: httpx.AsyncClient) -> None:
    page = (await officer.get("/?group=site")).text
    assert len(re.findall(r"<details data-rows=", page)) == 4
    assert re.search(r"<summary><b>2</b> 清波游泳馆", page)
    shown = (await officer.get("/queue/rows?site=pool-1")).text
    assert set(_ids(shown)) == {POOL_ALERT, CAMERA_ALERT}


async def test_no_list_and_no_count_reads_the_table_through(many: Database, site_url: str) -> None:
    """Lists and counts come from the index alone, however many alerts there are."""
    await _sql(
        many,
        "INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id,"  # noqa: S608
        " device_id, place, start_ms, detected_ms, unit, inputs, staged, state, grade,"
        " grade_reasons, risk, input_at_ms, stored_at_ms)"
        " SELECT 'more-' || n, rule_id, '1', severity, party_id, site_id, device_id, place,"
        " start_ms, detected_ms - n * 1000, unit, '{}', false, CASE WHEN n % 4 = 0 THEN 'open'"
        " ELSE 'confirmed' END, grade, '[]', n % 100, input_at_ms, stored_at_ms"
        f" FROM alerts, generate_series(1, 20000) n WHERE alert_id = '{POOL_ALERT}'",
    )
    with psycopg.connect(site_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE alerts")  # else an index-only scan is no gain
    async with many.transaction() as tx:
        for name in ("triage_queue", "triage_queue_back", "triage_past", "triage_counts",
                     "triage_groups"):  # fmt: skip
            text = statement(name)
            given = dict.fromkeys(re.findall(r"%\((\w+)\)s", text), "") | {
                "unit_id": "authority", "from_ms": 0, "to_ms": 2**62, "due_before_ms": 0,
                "now_ms": NOW_MS, "soon_ms": NOW_MS, "at": -(2**62), "limit": 51, "by": "site",
                "states": "open\x1facknowledged\x1fconfirmed",
            }  # fmt: skip
            cursor = await tx._connection.execute(f"EXPLAIN {text}".encode(), given)
            plan = "\n".join(str(row["QUERY PLAN"]) for row in await cursor.fetchall())
            assert "Seq Scan on alerts" not in plan, f"{name}\n{plan}"
            assert re.search("alerts_waiting|alerts_by_time", plan), plan


async def test_bulk_moves_each_for_itself_and_never_confirms(
    officer: httpx.AsyncClient, database: Database
) -> None:
    """OFF-21: many at once, each with its own entry; what was stale says its state."""
    await officer.post(f"/api/alerts/{WASTE}/moves", json={"action": "confirm", "ground": "seen"})
    wanted = [POOL_ALERT, WASTE, CAMERA_ALERT, SEALING_ALERT, "nothing", POOL_ALERT]
    answer = await officer.post("/api/alerts/moves", json={"alert_ids": wanted, **DISMISS})
    came = {each["alert_id"]: each for each in answer.json()}
    assert {k: v["problem"] for k, v in came.items()} == {
        POOL_ALERT: "", CAMERA_ALERT: "", WASTE: "stale", SEALING_ALERT: "not_found",
        "nothing": "not_found",
    }  # fmt: skip
    assert came[WASTE]["state"] == "confirmed"
    rows = await database.query(
        "SELECT alert_id, from_state, to_state, ground FROM alert_events"
        " WHERE action = 'dismissed' AND actor = '3301' ORDER BY alert_id"
    )
    assert [tuple(r.values()) for r in rows] == [
        (alert_id, "open", "dismissed", "read") for alert_id in sorted([POOL_ALERT, CAMERA_ALERT])
    ]
    many = {"alert_ids": [CO2], "action": "confirm", "ground": "x"}
    assert (await officer.post("/api/alerts/moves", json=many)).status_code == 422
    too_many = {"alert_ids": [str(n) for n in range(101)], **DISMISS}
    assert (await officer.post("/api/alerts/moves", json=too_many)).status_code == 422
    form = {"csrf": officer.headers["X-CSRF-Token"], "alert_id": [CO2], "action": "confirm"}
    refused = await officer.post("/queue/bulk", data=form)
    assert (refused.status_code, "不能批量进行" in refused.text) == (422, True)


async def test_handing_over_handing_back_and_giving(
    officer: httpx.AsyncClient, database: Database
) -> None:
    """OFF-21: it is always on record whose an alert is."""
    moves = f"/api/alerts/{POOL_ALERT}/moves"
    give = {"action": "assign", "given_to": "3302"}
    answer = await officer.post(moves, json=give)
    assert (answer.status_code, answer.json()["detail"]) == (422, "not_yours_to_give")
    await officer.post(moves, json={"action": "acknowledge"})
    wrong = await officer.post(
        moves, json=give | {"given_to": "3390"}
    )  # an analyst decides nothing
    assert wrong.json()["detail"] == "no_such_officer"
    assert (await officer.post(moves, json=give)).json()["state"] == "acknowledged"
    assert (await officer.get(f"/api/alerts?q={POOL_ALERT}")).json()[0]["assignee"] == "3302"
    again = await officer.post(moves, json=give)
    assert again.json()["repeated"] is True
    await officer.post(moves, json={"action": "hand_back"})
    assert (await officer.get(f"/api/alerts?q={POOL_ALERT}")).json()[0]["assignee"] == ""
    assert (await officer.post(moves, json={"action": "acknowledge"})).json()["repeated"] is False
    trail = await database.query(
        "SELECT action, from_state, to_state, given_to FROM alert_events"  # noqa: S608
        f" WHERE alert_id = '{POOL_ALERT}' AND actor = '3301' ORDER BY at_ms, action"
    )
    assert ("assigned", "acknowledged", "acknowledged", "3302") in [
        tuple(r.values()) for r in trail
    ]


async def test_a_leader_reopens_and_the_others_are_told(
    leader: httpx.AsyncClient, database: Database
) -> None:
    """OFF-21: a dismissal can be overruled, in words, and its clocks begin again."""
    moves = f"/api/alerts/{POOL_ALERT}/moves"
    dismissal = Request(
        alert_id=POOL_ALERT, action="dismiss", actor="3301", reason_code="other", ground="read"
    )
    await make_move(database, dismissal, now_ms=NOW_MS - HOUR)  # the site's clock stands still
    answer = await leader.post(moves, json={"action": "reopen", "ground": "new film"})
    assert (answer.status_code, answer.json()["state"]) == (200, "open")
    told = await database.query("SELECT value FROM outbox WHERE topic = 'verdicts'")
    verdicts = [codec.decode(row["value"], codec.VerdictMessage).verdict for row in told]
    assert sorted(verdicts) == ["dismissed", "reopened"]
    clocks = await database.query(
        f"SELECT kind, state FROM clocks WHERE alert_id = '{POOL_ALERT}' ORDER BY kind"  # noqa: S608
    )
    assert [(c["kind"], c["state"]) for c in clocks] == [
        ("take_on", "running"), ("verdict", "running"),
    ]  # fmt: skip
    assert (await leader.post(moves, json=DISMISS)).json()["repeated"] is False


async def test_an_officer_cannot_reopen(officer: httpx.AsyncClient) -> None:
    moves = f"/api/alerts/{digest_id('ph')}/moves"
    answer = await officer.post(moves, json={"action": "reopen", "ground": "x"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "leader_only")


async def test_saved_filters_are_ones_own_unless_shared(
    officer: httpx.AsyncClient,
) -> None:
    form = {
        "csrf": officer.headers["X-CSRF-Token"],
        "name": "我的清单甲",
        "query": "site=pool-1&odd=1",
    }
    saved = await officer.post("/queue/filters", data=form)
    assert (saved.status_code, saved.headers["location"]) == (303, "/?site=pool-1")
    bad = await officer.post("/queue/filters", data=form | {"query": "state=odd"})
    assert bad.status_code == 422
    assert (await officer.post("/queue/filters", data={"name": "x"})).status_code == 403
    page = (await officer.get("/?state=active")).text
    found = re.search(r"/queue/filters/(\w+)", page)
    assert found is not None
    act = {"csrf": form["csrf"], "act": "default"}
    await officer.post(f"/queue/filters/{found[1]}", data=act)
    begun = await officer.get("/")
    assert (begun.status_code, begun.headers["location"]) == (303, "/?site=pool-1")
    other = await signed_in(officer, "3302")
    csrf = {"csrf": other.headers["X-CSRF-Token"]}
    assert "我的清单甲" not in (await other.get("/")).text
    assert (await other.post(f"/queue/filters/{found[1]}", data=act | csrf)).status_code == 404
    mine = await signed_in(other, "3301")
    own = {"csrf": mine.headers["X-CSRF-Token"], "act": "share"}
    await mine.post(f"/queue/filters/{found[1]}", data=own)
    assert "我的清单甲" in (await (await signed_in(mine, "3302")).get("/")).text


@pytest.mark.usefixtures("many")
async def test_a_rule_that_is_often_wrong_is_suggested_for_the_lower_tier(
    officer: httpx.AsyncClient,
) -> None:
    """OFF-7: precision by officers' verdicts, with its interval; 24 false of 30 is too few."""
    for number in range(1, 31):
        move = DISMISS | {"reason_code": "false_detection" if number > 6 else "minor_first_time"}
        await officer.post(f"/api/alerts/many-{number}/moves", json=move)
    (rule,) = (await officer.get("/api/verdicts/rules")).json()
    assert (rule["rule_id"], rule["n"], rule["right"], rule["percent"]) == ("pool-ph", 30, 6, 20)
    assert (rule["suggestion"], rule["gate"], rule["false_detection"]) == ("demote", 80, 24)
    assert rule["low"] < 20 < rule["high"] < 80
    assert "建议降级" in (await officer.get("/verdicts")).text


async def test_a_change_is_heard_when_it_commits(officer: httpx.AsyncClient, site_url: str) -> None:
    """Live: the unit is told, once a transaction; who asks for no events is turned away."""
    ear: AsyncIterator[str | None] = heard(site_url, "vigil_queue", quiet_s=5)
    assert await anext(ear) is None
    moved = asyncio.create_task(
        officer.post(f"/api/alerts/{POOL_ALERT}/moves", json={"action": "acknowledge"})
    )
    assert await asyncio.wait_for(anext(ear), 5) == "authority"
    assert (await moved).status_code == 200
    await ear.aclose()  # type: ignore[attr-defined]  # a generator
    assert (await officer.get("/queue/live")).status_code == 406
