"""What somebody may try who wishes us ill: refused, told in the log, and nothing is changed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest
from standardwebhooks.webhooks import Webhook
from structlog.testing import capture_logs

from pipelines.cases.sample import sample_status
from pipelines.notices.deliver import Deliverer
from pipelines.notices.open_channels import channels_of
from pipelines.notices.queue import put, told_party
from pipelines.notices.words import LINK
from pipelines.parties.links import links_of
from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.dashboards.door import Door, csrf_of
from tests.contract.dashboards.rows import CAMERA_ALERT, NOW_MS, POOL_ALERT, insert_case
from tests.contract.dashboards.visits import SECRET

DAY_MS = 86_400_000
MOVE = {"action": "unsure", "ground": "not sure of it"}
HOSTILE = "</textarea><script>alert(1)</script>' OR 1=1; DROP TABLE alerts; --{{7*7}}<img src=x>"


@pytest.fixture
def site_settings(site_url: str, tmp_path: Path) -> Settings:
    """A site that believes nobody but the case system."""
    return Settings(
        database_url=site_url, data_dir=tmp_path, case_secret=SECRET, notice_secret=SECRET,
        public_url="http://vigil.test",
    )  # fmt: skip


@pytest.fixture
async def inside(door: Door) -> httpx.AsyncClient:
    """An officer's browser."""
    return await door.enter()


async def refused(
    door: Door, ask: Callable[[], Awaitable[httpx.Response]], *codes: int, why: str = ""
) -> httpx.Response:
    """Asks; the answer is one of the codes, the log says so, and no row of any table changed."""
    before = door.contents()
    with capture_logs() as told:
        answer = await ask()
    assert answer.status_code in codes, (answer.status_code, answer.text[:300])
    away = [one for one in told if one["event"] == "turned_away"]
    assert [one["status"] for one in away] == [answer.status_code]
    if why:
        assert away[0]["why"] == why
    after = door.contents()
    assert {name for name in after if after[name] != before[name]} == set()
    return answer


@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/form"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://vigil.test.evil.example"},
        {"Origin": "http://vigil.test:8443"},
    ],
)
async def test_another_site_moves_nothing(
    door: Door, inside: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    """Cross-site, even with the officer's cookie and (stolen) token."""
    url = f"/api/alerts/{POOL_ALERT}/moves"
    await refused(door, lambda: inside.post(url, json=MOVE, headers=sent), 403, why="cross_site")
    form = {"csrf": inside.headers["X-CSRF-Token"]}
    await refused(door, lambda: inside.post("/sign-out", data=form, headers=sent), 403)
    assert (await inside.get("/api/alerts")).status_code == 200


async def test_without_the_token_nothing_moves(door: Door, inside: httpx.AsyncClient) -> None:
    """No token, another browser's token, a token of before: refused by every door for scripts."""
    stranger = await door.enter("3302")
    for token in ("", "x", stranger.headers["X-CSRF-Token"], "中"):
        headers = httpx.Headers([(b"X-CSRF-Token", token.encode())])
        for url in (f"/api/alerts/{POOL_ALERT}/moves", "/api/access/requests", "/api/silences"):
            ask = partial(inside.post, url, json=MOVE, headers=headers)
            await refused(door, ask, 403, 422)


async def test_a_page_of_ours_under_another_name(door: Door) -> None:
    """A name that somebody points at us (DNS rebinding) shows nothing."""
    browser = door.browser()
    for host in ("evil.example", "vigil.test.evil.example", "127.0.0.1", ""):
        ask = partial(browser.get, "/sign-in", headers={"Host": host})
        await refused(door, ask, 421, why="host")


@pytest.mark.parametrize(
    "path",
    [
        f"/alerts/{POOL_ALERT}/objects/..%2f..%2f..%2fetc%2fpasswd",
        f"/alerts/{POOL_ALERT}/objects/%2e%2e/%2e%2e/keys/session.key",
        f"/alerts/{POOL_ALERT}/objects//etc/passwd",
        f"/alerts/{POOL_ALERT}/objects/a%00.bin",
        "/alerts/..%2f..%2fkeys",
        "/alerts/' OR 1=1 --",
        "/static/..%2f..%2f..%2fpipelines%2fsettings.py",
        "/static/%2e%2e/texts/zh/site.toml",
        "/log/tile/..%2f..%2fkeys%2flinks.key",
        f"/viewing/alert/{CAMERA_ALERT}/copy/..%2f..%2fkeys%2fsession.key",
        "/p/..%2f..%2fkeys",
        "/cases/..%2f..%2fkeys/index",
        "/records/..%2f..%2fkeys",
        "/clues/%2e%2e%2fkeys",
        "/api/alerts/' UNION SELECT password_hash FROM officers --",
    ],
)
async def test_no_path_leads_out(door: Door, inside: httpx.AsyncClient, path: str) -> None:
    """Traversal and injection in names and ids: nothing there, and no word of why."""
    answer = await refused(door, lambda: inside.get(path), 404, 403, 400, 422)
    for secret in (b"root:", b"argon2", b"Traceback", b"psycopg", b"class Settings"):
        assert secret not in answer.content


async def test_words_are_shown_as_words(door: Door, inside: httpx.AsyncClient) -> None:
    """HTML and SQL in every text that officers write: stored as it is, shown as text."""
    url = f"/api/alerts/{POOL_ALERT}/moves"
    moved = await inside.post(url, json={"action": "unsure", "ground": HOSTILE})
    assert moved.status_code == 200, moved.text
    asked = await inside.post(
        "/api/access/requests",
        json={
            "action": "view", "kind": "alert", "id": CAMERA_ALERT, "reason": HOSTILE,
            "matter": HOSTILE, "from_ms": NOW_MS, "to_ms": NOW_MS + DAY_MS,
        },
    )  # fmt: skip
    assert asked.status_code == 201, asked.text
    said = "SELECT ground FROM alert_events WHERE alert_id = %s AND actor = '3301'"
    assert (HOSTILE,) in door.query(said, POOL_ALERT)
    seen = 0
    for path in (
        f"/alerts/{POOL_ALERT}",
        "/access",
        f"/?q={HOSTILE}",
        "/sign-in?to=%22%3E%3Cscript",
    ):
        page = (await inside.get(path)).text
        assert "<script>alert" not in page
        assert "<img src=x>" not in page
        assert "' OR 1=1; DROP TABLE alerts; --49" not in page
        seen += page.count("&lt;script&gt;alert(1)")
    assert seen >= 2
    wrong = {"officer_id": HOSTILE[:64], "password": "x", "csrf": inside.headers["X-CSRF-Token"]}
    assert "<script>alert" not in (await inside.post("/sign-in", data=wrong)).text


@pytest.mark.parametrize(
    ("path", "size"),
    [("/api/session", 300_000), ("/sign-in", 300_000), ("/v1/clues", 40_000_000),
     ("/v1/callbacks/cases", 2_000_000), ("/v1/callbacks/notices", 2_000_000)],
)  # fmt: skip
async def test_what_is_too_large_is_refused(door: Door, path: str, size: int) -> None:
    """By what it says of its length, and by what really comes when it says nothing or lies."""
    browser = door.browser()
    blob = bytes(size)

    async def bits() -> AsyncIterator[bytes]:
        for start in range(0, size, 65_536):
            yield blob[start : start + 65_536]

    await refused(door, lambda: browser.post(path, content=blob), 413, why="too_large")
    form = {"Content-Type": "application/x-www-form-urlencoded" if path == "/sign-in" else
            "application/json"}  # fmt: skip
    await refused(door, lambda: browser.post(path, content=bits(), headers=form), 413)


async def test_long_addresses_and_headers(door: Door) -> None:
    """A request's head is bounded too."""
    browser = door.browser()
    await refused(door, lambda: browser.get("/?q=" + "x" * 9000), 414)
    await refused(door, lambda: browser.get("/", headers={"X-Long": "x" * 30_000}), 431)


async def test_somebody_else_s_alert(door: Door) -> None:
    """Another unit's officer sees neither page nor file, and moves nothing."""
    door.query("INSERT INTO units VALUES ('water', '供水科', 'Water')")
    door.query(
        "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash, unit_id)"
        " SELECT 'w1', '外', 'Out', 'officer', password_hash, 'water' FROM officers LIMIT 1"
    )
    other = await door.enter("w1")
    here = f"/api/alerts/{POOL_ALERT}"
    look = {"kind": "alert", "id": CAMERA_ALERT, "form": "original", "name": "clip.mp4",
            "reason": "curious"}  # fmt: skip
    tries: tuple[Callable[[], Awaitable[httpx.Response]], ...] = (
        lambda: other.get(f"/alerts/{POOL_ALERT}"),
        lambda: other.get(here),
        lambda: other.get(f"/alerts/{POOL_ALERT}/objects/raw/000001.bin"),
        lambda: other.post(f"{here}/moves", json=MOVE),
        lambda: other.post("/api/views", json=look),
    )
    for ask in tries:
        await refused(door, ask, 403, 404)


def signed(body: bytes, at_ms: int, secret: str = SECRET, message: str = "msg_1") -> dict[str, str]:
    """Headers of Standard Webhooks."""
    moment = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
    return {
        "webhook-id": message, "webhook-timestamp": str(at_ms // 1000),
        "webhook-signature": Webhook(secret).sign(message, moment, body.decode()),
        "content-type": "application/json",
    }  # fmt: skip


async def test_calls_back_that_are_forged_old_or_unsigned(door: Door) -> None:
    """OFF-18: only what the case system signed, of now, as it was signed, moves a case."""
    insert_case(door.settings.database_url)
    body = json.dumps({**sample_status("case-1", "filed"), "id": "msg_1"}).encode()
    good, url = signed(body, NOW_MS), "/v1/callbacks/cases"
    other = "whsec_YW5vdGhlci1zZWNyZXQtb2YtMzItYnl0ZXMtbG9uZyEh"
    tries: dict[str, tuple[bytes, dict[str, str]]] = {
        "unsigned": (body, {}),
        "another's key": (body, signed(body, NOW_MS, other)),
        "changed": (body.replace(b"filed", b"annulled"), good),
        "old": (body, signed(body, NOW_MS - 6 * 60_000)),
        "of the future": (body, signed(body, NOW_MS + 6 * 60_000)),
        "a new time on an old signature": (body, good | {"webhook-timestamp": "1"}),
        "another id": (body, good | {"webhook-id": "msg_2"}),
        "no signature": (body, good | {"webhook-signature": ""}),
        "not a time": (body, good | {"webhook-timestamp": "now"}),
    }
    browser = door.browser()
    for content, headers in tries.values():
        ask = partial(browser.post, url, content=content, headers=headers)
        await refused(door, ask, 401)
    unknown = json.dumps({**sample_status("case-9", "filed"), "id": "msg_1"}).encode()
    answer = signed(unknown, NOW_MS)
    await refused(door, lambda: browser.post(url, content=unknown, headers=answer), 404)
    assert (await browser.post(url, content=body, headers=good)).status_code == 204
    assert (await browser.post(url, content=body, headers=good)).status_code == 204  # replayed
    sent = door.query("SELECT DISTINCT topic, value FROM outbox")
    assert [topic for topic, _ in sent] == ["answers"]  # the stage takes one answer once


async def a_link(door: Door, database: Database) -> str:
    """The secret of a private link that the party was sent."""
    save = told_party(
        "finding", party_id="pool", alert_id=POOL_ALERT, subject="监测提示", body=f"请看 {LINK}\n",
        short=f"请看{LINK}", cause="abuse", at_ms=door.now_ms,
    )  # fmt: skip
    async with database.transaction() as tx:
        await put(tx, save)
    links = links_of(door.settings)
    await Deliverer(database, channels_of(door.settings), links).deliver_due(door.now_ms)
    return links.token(str(save.params["notice_id"]))


async def test_links_that_are_invented_used_elsewhere_or_over(
    door: Door, database: Database
) -> None:
    """OFF-15: expired and replayed private links show nothing, and no log has their secret."""
    with capture_logs() as told:
        token = await a_link(door, database)
        party, thief = door.browser(), door.browser()
        page = await party.get(f"/p/{token}")
        csrf = csrf_of(page.text)
        sent = {"csrf": csrf, "code": "00001A"}
        assert (await party.post(f"/p/{token}/enter", data=sent)).status_code == 303
        assert "清波" in (await party.get(f"/p/{token}")).text
        assert "清波" not in (await thief.get(f"/p/{token}")).text  # the link alone is not enough
        for path in (f"/p/{token}/shown/clip.mp4", f"/p/{token}/files/a/1"):
            await refused(door, partial(thief.get, path), 404)
        await refused(door, lambda: party.get(f"/p/{'A' * 22}"), 404)
        cross = {"Origin": "https://evil.example"}
        await refused(
            door,
            lambda: party.post(f"/p/{token}/answer", data={"csrf": csrf}, headers=cross), 403,
        )  # fmt: skip
        await refused(door, lambda: party.post(f"/p/{token}/answer", content=bytes(33 << 20)), 413)
        with psycopg.connect(door.settings.database_url) as connection:
            expires = connection.execute("SELECT max(expires_ms) FROM party_links").fetchone()
        assert expires is not None
        door.now_ms = int(expires[0])
        await refused(door, lambda: party.get(f"/p/{token}"), 410)
        answer = {"csrf": csrf, "kind": "confirmed", "words": "x", "by_name": "y", "form": "z"}
        await refused(door, lambda: party.post(f"/p/{token}/answer", data=answer), 410, 403)
    assert token not in json.dumps(told, default=str)
