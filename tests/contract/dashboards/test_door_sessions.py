"""Signing in with a password, what ends a session, and who is believed about addresses."""

from __future__ import annotations

import httpx
import pytest

from dashboards.triage.serve import config_of
from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.dashboards.door import Door, by_form, csrf_of, ticket_of
from tests.contract.dashboards.rows import PASSWORD
from tests.contract.dashboards.serving import free_port, serving

MINUTE_MS, HOUR_MS = 60_000, 3_600_000


async def inside(browser: httpx.AsyncClient, **headers: str) -> bool:
    """Whether the site knows who sits there."""
    answer = await browser.get("/api/alerts", headers=headers)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def copied(door: Door, browser: httpx.AsyncClient) -> httpx.AsyncClient:
    """Another browser with the same cookie, as a thief has it."""
    other = door.browser("203.0.113.9")
    other.cookies.set("vigil", ticket_of(browser))
    return other


async def test_the_register_holds_argon2_and_the_database_no_token(door: Door) -> None:
    """Who reads the database can neither sign in nor take over a session."""
    browser = await door.enter()
    ((hashed,),) = door.query("SELECT password_hash FROM officers WHERE officer_id = '3301'")
    assert str(hashed).startswith("$argon2id$")
    ((session_id,),) = door.query("SELECT session_id FROM sessions")
    assert ticket_of(browser) != session_id
    thief = door.browser()
    thief.cookies.set("vigil", str(session_id)[:43])
    assert not await inside(thief)


async def test_signing_out_kills_a_copied_cookie(door: Door) -> None:
    """The session ends at the site, not only in the browser that leaves."""
    browser = await door.enter()
    thief = copied(door, browser)
    assert await inside(thief)
    page = (await browser.get("/")).text
    assert (await browser.post("/sign-out", data={"csrf": csrf_of(page)})).status_code == 303
    assert not await inside(thief)
    assert not await inside(browser)
    assert door.query("SELECT ended_by, ended_why FROM sessions") == [("3301", "signed_out")]


async def test_signing_in_gives_a_new_ticket(door: Door) -> None:
    """A cookie that somebody slipped in beforehand is not theirs afterwards (fixation)."""
    browser = door.browser()
    await browser.get("/sign-in")
    planted = ticket_of(browser)
    assert (await by_form(browser, "3301")).status_code == 303
    assert ticket_of(browser) != planted
    thief = door.browser()
    thief.cookies.set("vigil", planted)
    assert not await inside(thief)


async def test_an_hour_without_use_ends_it(door: Door) -> None:
    """What a page fetches by itself does not keep it alive; somebody's hand does."""
    browser, idle = await door.enter(), await door.enter("3302")
    seen = []
    for _ in range(4):
        door.now_ms += 20 * MINUTE_MS
        assert (await browser.get("/incidents")).status_code == 200
        seen.append(await inside(idle, **{"Sec-Fetch-Mode": "cors"}))
    assert seen == [True, True, False, False]
    assert await inside(browser)
    assert not await inside(idle)
    why = "SELECT ended_why FROM sessions WHERE officer_id = '3302'"
    assert door.query(why) == [("idle",)]
    door.now_ms += 59 * MINUTE_MS
    assert await inside(browser)
    door.now_ms += 60 * MINUTE_MS
    assert not await inside(browser)


async def test_twelve_hours_end_it_however_busy(door: Door) -> None:
    """Absolute end: from then on they must show again who they are."""
    browser = await door.enter()
    for _ in range(23):
        door.now_ms += HOUR_MS // 2
        assert (await browser.get("/incidents")).status_code == 200
    door.now_ms += HOUR_MS // 2
    answer = await browser.get("/incidents")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=/incidents")
    assert door.query("SELECT ended_why FROM sessions") == [("over",)]


@pytest.mark.parametrize(
    "change",
    ["password_hash = 'x'", "role = 'leader'", "unit_id = 'water'"],
)
async def test_a_change_in_the_register_ends_it(door: Door, change: str) -> None:
    """A new password, office or unit: what they were let in for is over at once."""
    door.query("INSERT INTO units VALUES ('water', '供水科', 'Water')")
    browser = await door.enter()
    door.query(f"UPDATE officers SET {change} WHERE officer_id = '3301'")  # noqa: S608
    assert not await inside(browser)
    assert door.query("SELECT ended_why FROM sessions") == [("changed",)]


async def test_a_second_sign_in_replaces_the_first_in_that_browser(door: Door) -> None:
    """Two people at one machine: the first one's session does not lie about."""
    browser = await door.enter("3301")
    thief = copied(door, browser)
    assert (await by_form(browser, "3302")).status_code == 303
    assert not await inside(thief)
    rows = door.query("SELECT officer_id, ended_why FROM sessions ORDER BY officer_id")
    assert rows == [("3301", "replaced"), ("3302", "")]


async def test_the_password_can_be_left_to_emergencies(
    site_settings: Settings, database: Database
) -> None:
    """With a provider the password opens for one account, or for nobody; both say so."""
    for local, right in (("emergency", "3302"), ("nobody", "")):
        more = {"sign_in_local": local, "sign_in_emergency": "3302"}
        door = Door(site_settings.model_copy(update=more), database)
        for officer_id in ("3301", "3302"):
            answer = await door.browser().post(
                "/api/session", json={"officer_id": officer_id, "password": PASSWORD}
            )
            assert answer.status_code == (200 if officer_id == right else 403)


async def test_the_answer_does_not_tell_who_exists(door: Door) -> None:
    """A wrong password and an unknown name get the same page."""
    pages = []
    for officer_id in ("3301", "9999"):
        browser = door.browser()
        answer = await by_form(browser, officer_id, "guess")
        assert answer.status_code == 401
        csrf = csrf_of(answer.text)
        pages.append(answer.text.replace(csrf, "").replace(officer_id, ""))
    assert pages[0] == pages[1]


async def test_guesses_from_everywhere_are_slowed_for_a_name(door: Door) -> None:
    """Sixty failures for one name from any number of addresses; a colleague still gets in."""
    wrong = {"officer_id": "3301", "password": "guess"}
    codes = []
    for number in range(13):
        browser = door.browser(f"198.51.100.{number}")
        codes += [(await browser.post("/api/session", json=wrong)).status_code for _ in range(5)]
    assert codes[:60] == [401] * 60
    assert 429 in codes[60:]
    assert (await by_form(door.browser("192.0.2.1"), "3302")).status_code == 303


@pytest.mark.parametrize(
    ("proxies", "address"), [([], "127.0.0.1"), (["127.0.0.0/8"], "203.0.113.7")]
)
async def test_only_our_proxies_say_who_asks(
    site_settings: Settings, database: Database, proxies: list[str], address: str
) -> None:
    """Else anybody could invent an address for each guess, and the log would believe it."""
    settings = site_settings.model_copy(update={"web_proxies": proxies})
    config = config_of(settings, Door(settings, database).app)
    async with serving(config, free_port()) as url, httpx.AsyncClient(base_url=url) as browser:
        answer = await browser.post(
            "/api/session", json={"officer_id": "3301", "password": PASSWORD},
            headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"},
        )  # fmt: skip
        assert answer.status_code == 200
        assert "server" not in answer.headers
    rows = await database.query("SELECT address FROM sessions")
    assert [row["address"] for row in rows] == [address]


async def test_an_officer_sees_their_own_sign_ins_and_ends_one(door: Door) -> None:
    """A browser they do not know is out at once; nobody else's is shown or ended."""
    here, there, other = await door.enter(), await door.enter(), await door.enter("3302")
    page = (await here.get("/sessions")).text
    rows = door.query("SELECT session_id FROM sessions WHERE officer_id = '3302'")
    theirs = str(rows[0][0])
    assert theirs not in page
    assert page.count('action="/sessions/') == 1  # not this one, which signs out above
    form = {"csrf": csrf_of(page)}
    assert (await here.post(f"/sessions/{theirs}/end", data=form)).status_code == 404
    url = page.split('action="/sessions/')[1].partition('"')[0]
    assert (await here.post(f"/sessions/{url}", data={})).status_code == 403
    assert (await here.post(f"/sessions/{url}", data=form)).status_code == 303
    assert [await inside(browser) for browser in (here, there, other)] == [True, False, True]
    assert (await here.post(f"/sessions/{url}", data=form)).status_code == 404
    here.cookies.set("language", "en")
    assert "Sign-ins" in (await here.get("/sessions")).text
