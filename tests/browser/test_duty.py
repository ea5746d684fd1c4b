"""Duties and a fault file at a desk and on a phone, in both languages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.store import Database
from tests.browser.visit import fits, sign_in, visit
from tests.contract.accountability.world import HOUR, history, people, posts
from tests.contract.dashboards.rows import NOW_MS, POOL_ALERT

SAID = {
    "zh": {"duties": "履职情况", "faults": "执法过错责任认定", "open": "发起案卷",
           "element": "记录要素", "plain": "不作认定", "told": "已告知",
           "tell": "告知所涉人员", "package": "下载尽职材料"},
    "en": {"duties": "How duties were done", "faults": "Fault files", "open": "Open a file",
           "element": "Record an element", "plain": "It decides nothing", "told": "are told",
           "tell": "Tell those concerned", "package": "Download the diligence package"},
}  # fmt: skip


@pytest.fixture
def peopled(site_url: str, site: str) -> str:
    """People in posts, and an alert that Wang took on and confirmed."""
    people(site_url)
    history(
        site_url, ("wang", "acknowledged", NOW_MS - 2 * HOUR), ("wang", "confirmed", NOW_MS - HOUR)
    )

    async def put() -> None:
        async with Database(site_url, max_size=1) as database:
            await posts(database)

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
def enter(
    browser: Browser, peopled: str, screen: tuple[int, str]
) -> Iterator[Callable[[str, str], Page]]:
    """Signs somebody in and opens a page."""
    width, language = screen
    with ExitStack() as visits:

        def entered(who: str, path: str) -> Page:
            page = visits.enter_context(visit(browser, width))
            sign_in(page, peopled, path, who)
            page.context.add_cookies([{"name": "language", "value": language, "url": peopled}])
            page.reload()
            return page

        yield entered


def test_duties(enter: Callable[[str, str], Page], screen: tuple[int, str]) -> None:
    """OFF-21, ACC-7, ACC-12: a leader's page fits the screen; the officer takes their package."""
    said = SAID[screen[1]]
    leader = enter("sun", "/duties")
    expect(leader.get_by_role("heading", level=1)).to_have_text(said["duties"])
    expect(leader.locator("tbody tr")).not_to_have_count(1)
    assert fits(leader)
    officer = enter("wang", "/duties")
    expect(officer.locator("tbody").first.locator("tr")).to_have_count(1)
    with officer.expect_download() as coming:
        officer.get_by_role("button", name=said["package"]).click()
    assert coming.value.suggested_filename.endswith(".zip")


def test_a_fault_file(enter: Callable[[str, str], Page], screen: tuple[int, str]) -> None:
    """ACC-5, ACC-6, ACC-17, ACC-19: opened and told by keyboard; plainly no decision."""
    said = SAID[screen[1]]
    page = enter("feng", "/faults")
    expect(page.get_by_role("heading", level=1)).to_have_text(said["faults"])
    page.locator("#f_id").fill(POOL_ALERT)
    page.locator("#f_alleged").fill("事实不清")
    page.get_by_role("button", name=said["open"]).press("Enter")
    expect(page.locator("#plain")).to_contain_text(said["plain"])
    assert fits(page)
    opened = page.url
    act = page.locator("details", has_text=said["element"]).first
    act.locator("summary").first.press("Enter")
    page.locator("#element-value").select_option("negligence")
    page.locator("#element-words").fill("未调取记录")
    act.get_by_role("button", name=said["element"]).click()
    expect(page.locator("ol.log li")).to_have_count(2)
    told = page.locator("details", has_text=said["tell"]).last
    told.locator("summary").first.press("Enter")
    page.locator("#tell-words").fill("已送达告知书")
    told.get_by_role("button", name=said["tell"]).click()
    expect(page.locator(".summary .stands")).to_contain_text(said["told"])
    mine = enter("wang", opened[opened.index("/faults") :])
    expect(mine.locator("#statement-words")).to_have_count(1)
    expect(mine.locator("#decide-words")).to_have_count(0)
    assert fits(mine)
    mine.goto(f"{opened}/print")
    expect(mine.locator(".fault-acts")).to_have_count(0)
    assert fits(mine)
