"""Pages, sign-in, objects, callbacks and probes over HTTP, against a real database."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from dashboards.triage.app import create_app
from pipelines.cases.sample import sample_status
from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.dashboards.rows import CAMERA_ALERT, NOW_MS, PASSWORD, POOL_ALERT, insert_case
from tests.contract.dashboards.visits import SECRET, signed_in

RAW = f"/alerts/{POOL_ALERT}/objects/raw/000001.bin"
BYTES = bytes(range(256))


@pytest.mark.parametrize("path", ["/", f"/alerts/{POOL_ALERT}", "/parties", "/health", RAW])
async def test_strangers_are_sent_to_sign_in(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?to=")


@pytest.mark.parametrize("path", ["/api/alerts", f"/api/alerts/{POOL_ALERT}"])
async def test_strange_scripts_get_401(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).status_code == 401


async def test_signing_in_by_form(visitor: httpx.AsyncClient) -> None:
    form = {"officer_id": "3301", "password": PASSWORD, "to": "//evil.example"}
    assert (await visitor.post("/sign-in", data=form)).status_code == 403  # no token
    shown = (await visitor.get("/sign-in")).text
    form["csrf"] = shown.split('name="csrf" value="')[1].split('"')[0]
    answer = await visitor.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "陈立" in (await visitor.get("/")).text


async def test_guessing_is_slowed_down(visitor: httpx.AsyncClient) -> None:
    wrong = {"officer_id": "3301", "password": "guess"}
    codes = [(await visitor.post("/api/session", json=wrong)).status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]
    right = {"officer_id": "3301", "password": PASSWORD}
    assert (await visitor.post("/api/session", json=right)).status_code == 429
    await signed_in(visitor, "3302")  # a colleague at the same address still gets in


async def test_signing_out_ends_it(officer: httpx.AsyncClient) -> None:
    assert (await officer.delete("/api/session")).status_code == 204
    assert (await officer.get("/api/alerts")).status_code == 401


async def test_every_answer_carries_the_headers(visitor: httpx.AsyncClient) -> None:
    for path in ("/sign-in", "/", "/api/alerts", "/static/site.css", "/nowhere"):
        headers = (await visitor.get(path)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_the_queue_goes_by_risk_and_filters(officer: httpx.AsyncClient) -> None:
    alerts = (await officer.get("/api/alerts")).json()
    risks = [a["risk"] for a in alerts]
    assert len(alerts) == 5
    assert risks == sorted(risks, reverse=True)
    high = (await officer.get("/api/alerts", params={"severity": "high"})).json()
    assert {a["severity"] for a in high} == {"high"}
    done = (await officer.get("/api/alerts", params={"state": "dismissed"})).json()
    assert [a["rule_id"] for a in done] == ["pool-ph"]
    assert (await officer.get("/api/alerts", params={"state": "odd"})).status_code == 422
    assert "没有符合条件的预警" in (await officer.get("/?state=confirmed")).text


async def test_the_alert_page_shows_what_an_officer_needs(officer: httpx.AsyncClient) -> None:
    page = (await officer.get(f"/alerts/{POOL_ALERT}")).text
    for wanted in (
        "游泳池水游离性余氯超出限值",
        "GB 37488-2019 4.4.1",
        "公共场所卫生管理条例 第十四条",
        "据第三方摘录",
        "中位数为 1.62 mg/L",
        "主池循环回水口",
        hashlib.sha256(BYTES).hexdigest(),
        'class="limit"',
        'class="breach"',
        "检定证书",
        "超限幅度",
    ):
        assert wanted in page, wanted
    lead = (await officer.get(f"/alerts/{CAMERA_ALERT}")).text
    assert "缺少安装同意书" in lead
    assert "不移送立案" in lead


async def test_english_beside_chinese(officer: httpx.AsyncClient) -> None:
    answer = await officer.get("/language/en?to=//evil.example")
    assert answer.headers["location"] == "/"
    page = (await officer.get(f"/alerts/{POOL_ALERT}")).text
    assert "Pool water: free chlorine outside the limits" in page
    assert "Confirm finding" in page


async def test_objects_whole_and_in_part(officer: httpx.AsyncClient) -> None:
    whole = await officer.get(RAW)
    assert (whole.status_code, whole.content) == (200, BYTES)
    part = await officer.get(RAW, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, BYTES[10:20])
    assert part.headers["content-range"] == "bytes 10-19/256"
    tail = await officer.get(RAW, headers={"Range": "bytes=-6"})
    assert tail.content == BYTES[-6:]
    assert (await officer.get(RAW, headers={"Range": "bytes=999-"})).status_code == 416


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/passwd",
        "..%2f..%2fkeys%2fsession.key",
        "%2e%2e/%2e%2e/keys/session.key",
        "/etc/passwd",
        "clip.mp4",
        hashlib.sha256(BYTES).hexdigest(),
        "explanation.html",  # belongs to another alert
    ],
)
async def test_only_the_alerts_own_objects_exist(officer: httpx.AsyncClient, name: str) -> None:
    answer = await officer.get(f"/alerts/{POOL_ALERT}/objects/{name}")
    assert answer.status_code == 404
    assert b"root:" not in answer.content


async def test_a_page_among_the_objects_is_never_run(officer: httpx.AsyncClient) -> None:
    answer = await officer.get(f"/alerts/{CAMERA_ALERT}/objects/explanation.html")
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_health_names_what_was_lost(officer: httpx.AsyncClient) -> None:
    page = (await officer.get("/health")).text
    for wanted in ("unknown_device", "迟到的读数", "550 mailbox unavailable", "分段丢失"):
        assert wanted in page, wanted
    assert "<script>alert(1)" not in page


async def test_parties_with_their_credit(officer: httpx.AsyncClient) -> None:
    page = (await officer.get("/parties")).text
    assert "金华清波游泳健身有限公司" in page
    assert "86.5" in page
    assert "尚无评分" in page


async def test_the_probe(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/healthz")).json() == {"status": "ok"}


async def test_openapi_names_the_moves(visitor: httpx.AsyncClient) -> None:
    paths = (await visitor.get("/openapi.json")).json()["paths"]
    assert {"/api/session", "/api/alerts", "/api/alerts/{alert_id}/moves"} <= set(paths)


async def test_call_backs_of_the_case_system(
    visitor: httpx.AsyncClient, database: Database, site_url: str
) -> None:
    insert_case(site_url)
    body = json.dumps({**sample_status("case-1", "filed"), "id": "msg_1"})
    moment = dt.datetime.fromtimestamp(NOW_MS / 1000, dt.UTC)
    signed = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(NOW_MS // 1000),
        "webhook-signature": Webhook(SECRET).sign("msg_1", moment, body),
        "content-type": "application/json",
    }
    url = "/v1/callbacks/cases"
    for _ in range(2):
        assert (await visitor.post(url, content=body, headers=signed)).status_code == 204
    forged = body.replace("filed", "annulled")
    assert (await visitor.post(url, content=forged, headers=signed)).status_code == 401
    assert (await visitor.post(url, content=b"x" * 300_000, headers=signed)).status_code == 413
    rows = await database.query("SELECT topic, key FROM outbox")
    assert {(r["topic"], r["key"]) for r in rows} == {("answers", b"pool")}


async def test_the_probe_fails_without_a_database(
    site_settings: Settings, database: Database
) -> None:
    async with Database(site_settings.database_url, max_size=1) as gone:
        app = create_app(site_settings, gone)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://vigil.test") as client:
        assert (await client.get("/healthz")).status_code == 503
        assert (
            await client.post("/api/session", json={"officer_id": "a", "password": "b"})
        ).status_code == 503
    assert await database.query("SELECT 1 AS one") == [{"one": 1}]
