"""Signing in at an OpenID provider over real HTTP: who gets in, and every way not to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.dashboards.door import Door, csrf_of, ticket_of
from tests.contract.dashboards.openid import CLIENT, SECRET, Claims, OpenID, openid

MINUTE_MS = 60_000


@pytest.fixture
async def provider() -> AsyncIterator[OpenID]:
    """The provider of the unit."""
    async with openid() as running:
        yield running


@pytest.fixture
def door(site_settings: Settings, database: Database, provider: OpenID) -> Door:
    """A site that believes it."""
    more = {
        "public_url": "http://vigil.test", "oidc_issuer": provider.issuer, "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET, "oidc_leeway_s": 5,
    }  # fmt: skip
    return Door(site_settings.model_copy(update=more), database)


async def set_out(browser: httpx.AsyncClient, to: str = "/") -> str:
    """Follows the button to the provider; returns where the provider sends the browser back."""
    there = await browser.get("/sign-in/oidc", params={"to": to})
    assert there.status_code == 303, there.text
    async with httpx.AsyncClient() as outside:
        back = await outside.get(there.headers["location"])
    assert back.status_code == 303, back.text
    return str(back.headers["location"])


async def come_back(browser: httpx.AsyncClient, way: str) -> httpx.Response:
    """Follows the provider's redirect, which leads to the site."""
    parts = urlsplit(way)
    assert (parts.netloc, parts.path) == ("vigil.test", "/sign-in/oidc/back")
    return await browser.get(f"{parts.path}?{parts.query}")


async def test_an_officer_gets_in_and_out(door: Door, provider: OpenID) -> None:
    """Code, PKCE, state, nonce; they land where they wanted, under a new ticket; out there too."""
    browser = door.browser()
    way = await set_out(browser, "/incidents")
    before = ticket_of(browser)
    answer = await come_back(browser, way)
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents")
    assert ticket_of(browser) != before
    page = (await browser.get("/")).text
    assert "陈立" in page
    assert door.query("SELECT officer_id, how FROM sessions") == [("3301", "oidc")]
    left = await browser.post("/sign-out", data={"csrf": csrf_of(page)})
    there = urlsplit(left.headers["location"])
    assert f"{there.scheme}://{there.netloc}{there.path}" == f"{provider.issuer}/leave"
    query = parse_qs(there.query)
    assert query["post_logout_redirect_uri"] == ["http://vigil.test/sign-in"]
    assert query["id_token_hint"][0].count(".") == 2
    assert (await browser.get("/api/alerts")).status_code == 401
    assert door.query("SELECT hint FROM sessions") == [("",)]


def _with(**changed: object) -> Callable[[Claims], Claims]:
    return lambda claims: {
        name: value for name, value in (claims | changed).items() if value is not None
    }


LIES: dict[str, Callable[[Claims], Claims]] = {
    "nonce": _with(nonce="of another sign-in"),
    "no nonce": _with(nonce=None),
    "audience": _with(aud="another-site"),
    "no audience": _with(aud=None),
    "for two, not us first": _with(aud=[CLIENT, "other"], azp="other"),
    "issuer": _with(iss="https://elsewhere.example"),
    "expired": _with(exp=int(time.time()) - 30),
    "no end": _with(exp=None),
    "from the future": _with(iat=int(time.time()) + 3600),
    "nobody": _with(sub=None),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_that_does_not_hold_opens_nothing(
    door: Door, provider: OpenID, lie: str
) -> None:
    """Wrong nonce, audience, issuer, time: refused, told, and there is no session."""
    provider.lie = LIES[lie]
    browser = door.browser()
    answer = await come_back(browser, await set_out(browser))
    assert (answer.status_code, "身份凭证无效" in answer.text) == (403, True), answer.text
    assert provider.answered == ["token"]
    assert door.query("SELECT 1 FROM sessions") == []
    assert (await browser.get("/api/alerts")).status_code == 401


FORGED: dict[str, tuple[str, RSAKey | OctKey]] = {
    "another's key": ("RS256", RSAKey.generate_key(2048)),
    "the client's secret as key": ("HS256", OctKey.import_key(SECRET * 2)),
}


@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_signature_opens_nothing(door: Door, provider: OpenID, how: str) -> None:
    """Only the published keys, only by algorithms with two keys."""
    provider.signed_by = FORGED[how]
    browser = door.browser()
    assert (await come_back(browser, await set_out(browser))).status_code == 403
    assert door.query("SELECT 1 FROM sessions") == []


async def test_the_provider_turns_its_key(door: Door, provider: OpenID) -> None:
    """A key that is not known yet is looked for, though not more than every ten seconds."""
    first = door.browser()
    assert (await come_back(first, await set_out(first))).status_code == 303
    provider.turn()
    second = door.browser()
    assert (await come_back(second, await set_out(second))).status_code == 403
    door.app.state.provider._keys_s -= 11  # ten seconds later
    assert (await come_back(second, await set_out(second))).status_code == 303


async def test_whom_the_register_does_not_have_stays_outside(door: Door, provider: OpenID) -> None:
    """The provider says who it is; who may in says the register, and it grows by nobody."""
    officers = door.query("SELECT count(*) FROM officers")
    provider.subject = {"sub": "u-9", "preferred_username": "nobody-here"}
    browser = door.browser()
    answer = await come_back(browser, await set_out(browser))
    assert (answer.status_code, "名册中没有您" in answer.text) == (403, True)
    assert door.query("SELECT count(*) FROM officers") == officers
    assert door.query("SELECT 1 FROM sessions") == []


async def test_the_claim_may_be_at_the_userinfo_endpoint(door: Door, provider: OpenID) -> None:
    """Many providers put the profile only there; it counts for the same subject alone."""
    provider.subject = {"sub": "u-1"}
    for profile, status in (
        ({"sub": "u-2", "preferred_username": "3301"}, 403),
        ({"sub": "u-1"}, 403),
        ({"sub": "u-1", "preferred_username": ["3301"]}, 403),
        ({"sub": "u-1", "preferred_username": "3301"}, 303),
    ):
        provider.profile = profile
        browser = door.browser()
        assert (await come_back(browser, await set_out(browser))).status_code == status, profile
    assert provider.answered.count("userinfo") == 4


async def test_a_way_back_is_good_once_in_one_browser_for_ten_minutes(
    door: Door, provider: OpenID
) -> None:
    """State replayed, in another browser, too late, invented: refused before the provider hears."""
    browser, other = door.browser(), door.browser()
    way = await set_out(browser)
    await other.get("/sign-in")
    assert (await come_back(other, way)).status_code == 403  # sign-in forced on somebody else
    assert (await come_back(browser, way)).status_code == 303
    assert (await come_back(browser, way)).status_code == 403
    late = await set_out(other)
    door.now_ms += 10 * MINUTE_MS
    assert (await come_back(other, late)).status_code == 403
    for state in ("", "invented", "\x00", "状态" * 50):
        answer = await other.get("/sign-in/oidc/back", params={"code": "c", "state": state})
        assert answer.status_code == 403
    assert provider.answered == ["token"]
    assert door.query("SELECT officer_id FROM sessions") == [("3301",)]


async def test_a_code_of_another_sign_in_is_worth_nothing(door: Door, provider: OpenID) -> None:
    """PKCE: a stolen code, put into the thief's own way back, meets another verifier."""
    victim, thief = door.browser(), door.browser()
    stolen = parse_qs(urlsplit(await set_out(victim)).query)["code"][0]
    way = await set_out(thief)
    own = parse_qs(urlsplit(way).query)["code"][0]
    assert (await come_back(thief, way.replace(own, stolen))).status_code == 403
    assert provider.answered == ["invalid_grant"]


async def test_an_answer_of_another_issuer_is_not_taken(door: Door, provider: OpenID) -> None:
    """RFC 9207: with several providers about, an answer says whose it is."""
    browser = door.browser()
    way = await set_out(browser)
    assert (await come_back(browser, way.replace("&iss=", "&iss=x"))).status_code == 403
    way = await set_out(browser)
    assert (await come_back(browser, way.partition("&iss=")[0])).status_code == 403
    assert provider.answered == []


async def test_saying_no_and_being_away_are_told(door: Door, provider: OpenID) -> None:
    """Declined at the provider: 403. Provider away: 503, and the password still opens."""
    browser = door.browser()
    state = parse_qs(urlsplit(await set_out(browser)).query)["state"][0]
    declined = await browser.get(
        "/sign-in/oidc/back",
        params={"error": "access_denied", "state": state, "iss": provider.issuer},
    )
    assert (declined.status_code, "未予通过" in declined.text) == (403, True)
    provider.down = True
    door.app.state.provider._known_s = float("-inf")
    away = await browser.get("/sign-in/oidc")
    assert (away.status_code, "暂无响应" in away.text) == (503, True)
    assert 'name="password"' in away.text


async def test_many_sign_in_at_once(door: Door) -> None:
    """Ways do not mix: each browser comes back by its own."""
    browsers = [door.browser() for _ in range(8)]
    ways = await asyncio.gather(*(set_out(browser) for browser in browsers))
    answers = await asyncio.gather(
        *(come_back(browser, way) for browser, way in zip(browsers, ways, strict=True))
    )
    assert [answer.status_code for answer in answers] == [303] * 8
    assert len({ticket_of(browser) for browser in browsers}) == 8
