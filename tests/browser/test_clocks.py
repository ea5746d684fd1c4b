"""Time limits, the duty ledger and provincial clues in a browser: four screens, by keyboard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.clocks.kinds import DAY_MS, Said
from pipelines.clocks.watch import look
from pipelines.clues.intake import take
from pipelines.clues.platforms import Platform
from pipelines.clues.refusals import refuse
from pipelines.clues.types import Clue
from pipelines.store import Database
from tests.browser.visit import fits, sign_in, visit
from tests.contract.dashboards.rows import NOW_MS

PROVINCE = Platform(id="province", name=Said(zh="省平台", en="Province"), unit="authority")
FRESH = Clue(platform_id="ZJ-2026-0007", title="泳池水质异常", claim="群众反映余氯偏低，已三天")
OLD = Clue(platform_id="ZJ-2026-0001", title="理发店未消毒", claim="工具不消毒")
SAID = {
    "zh": {"closed": "没有符合条件的线索。"},
    "en": {"closed": "No clue fits."},
}


@pytest.fixture
def handed_down(site_url: str, site: str) -> str:
    """One clue of today, and one that nobody took up for 40 days."""

    async def put() -> None:
        async with Database(site_url, max_size=1) as database:
            await take(database, PROVINCE, OLD, way="http", now_ms=NOW_MS - 40 * DAY_MS)
            await take(database, PROVINCE, FRESH, way="http", now_ms=NOW_MS)
            await refuse(
                database, PROVINCE, b"{}", "Object missing required field `title`", way="http",
                now_ms=NOW_MS,
            )  # fmt: skip
            await look(database, NOW_MS)

    with ThreadPoolExecutor(1) as apart:  # a loop runs in this thread already
        apart.submit(asyncio.run, put()).result()
    return site


@pytest.fixture(params=[(1280, "zh"), (380, "en"), (380, "zh"), (1280, "en")],
                ids=lambda p: f"{p[0]}-{p[1]}")  # fmt: skip
def screen(request: pytest.FixtureRequest) -> tuple[int, str]:
    """Width and language."""
    width, language = request.param
    return int(width), str(language)


@pytest.fixture
def page(browser: Browser, handed_down: str, screen: tuple[int, str]) -> Iterator[Page]:
    """An officer's browser, signed in; any script error or refused resource fails the test."""
    with visit(browser, screen[0]) as opened:
        sign_in(opened, handed_down)
        opened.context.add_cookies([{"name": "language", "value": screen[1], "url": handed_down}])
        yield opened


@pytest.fixture
def to(page: Page, handed_down: str) -> Callable[[str], None]:
    """Opens a path and checks that it fits the screen."""

    def opened(path: str) -> None:
        page.goto(f"{handed_down}{path}")
        assert fits(page)

    return opened


def test_clocks_and_ledger(page: Page, to: Callable[[str], None]) -> None:
    """OFF-8, OFF-17, OFF-21: what is overdue stands first; the ledger leads to the clue."""
    to("/clocks?state=breached")
    expect(page.locator("article.silence")).to_have_count(2)
    expect(page.locator("article.silence .tag.critical")).to_have_count(2)
    to("/clocks?state=paused")
    expect(page.locator("article.silence")).to_have_count(0)
    to("/clocks/ledger?state=overdue")
    rows = page.locator("tbody tr", has=page.locator("a[href^='/clues/']"))
    expect(rows).to_have_count(2)
    rows.first.locator("a").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(OLD.title)
    to("/clocks/ledger?state=dropped")
    expect(page.locator(".empty")).to_be_visible()


def test_a_clue_answered_by_keyboard(
    page: Page, to: Callable[[str], None], screen: tuple[int, str]
) -> None:
    """OFF-8, OFF-21: from the list to the answer without a mouse; it leaves the open ones."""
    to("/clues")
    expect(page.locator("article.silence:has(a)")).to_have_count(2)
    expect(page.locator("#refused")).to_contain_text("missing required field `title`")
    page.get_by_role("link", name=FRESH.title).press("Enter")
    expect(page.locator("#acts")).to_be_visible()
    assert fits(page)
    page.locator("form:has([value=accept]) button").press("Enter")
    expect(page.locator("#words")).to_be_visible()
    assert fits(page)
    page.locator("#found").focus()
    page.keyboard.type("现场余氯 0.4 mg/L")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("ol.log li")).to_have_count(3)
    page.locator("#outcome").select_option("none_found")
    page.locator("#words").focus()
    page.keyboard.type("经现场检测，未发现违法。")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("ol.log li")).to_have_count(4)
    expect(page.locator("#acts")).to_have_count(0)
    assert fits(page)
    to("/clues")
    expect(page.locator("article.silence:has(a)")).to_have_count(1)
    to("/clues?state=closed")
    expect(page.locator(".empty")).to_have_text(SAID[screen[1]]["closed"])
