"""Evidence reviewed by two people at a keyboard, and on a phone: what fails, sign, who signed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visit import WIDTHS, fits, sign_in, visit
from tests.contract.dashboards.rows import POOL_ALERT
from tests.contract.quality.sealing import seal


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A desk's page, then a phone's."""
    with visit(browser, request.param, expected=[422]) as opened:
        yield opened


def _answer_by_keyboard(page: Page) -> None:
    """Space ticks the first choice of each question; Tab goes on, to its words and the next."""
    page.locator("fieldset input[type=radio]").first.focus()
    for _ in range(page.locator("fieldset").count()):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")


def test_two_people_review_by_keyboard(page: Page, site: str, site_url: str) -> None:
    """OFF-13, OFF-16: failing points with what to do; a no that stays makes it fail."""
    seal(site_url, failing="clear.blurred")
    sign_in(page, site, f"/alerts/{POOL_ALERT}", "3302")
    expect(page.locator("#reviews")).to_contain_text("画面模糊")
    expect(page.locator("#reviews")).to_contain_text("重新对焦")
    assert fits(page)
    page.get_by_role("link", name="填写法制审核").press("Enter")
    expect(page.get_by_role("heading", name="法制审核")).to_be_visible()
    assert fits(page)
    _answer_by_keyboard(page)
    page.get_by_role("button", name="签署").press("Enter")
    expect(page.locator("#reviews")).to_contain_text("周敏")
    expect(page.locator("#reviews")).to_contain_text("另一项审核由您签署")
    page.get_by_role("button", name="退出").click()

    sign_in(page, site, f"/alerts/{POOL_ALERT}")
    page.get_by_role("link", name="填写技术审核").click()
    expect(page.locator("[name=answer-clear][value=no]")).to_be_checked()
    for radio in page.locator("fieldset [value=yes]").all():
        if radio.get_attribute("name") != "answer-clear":
            radio.check()
    page.get_by_role("button", name="签署").click()
    expect(page.get_by_role("alert")).to_contain_text("有“否”的不能通过")
    assert fits(page)
    page.locator("[name=passed][value=no]").check()
    page.locator("#words").fill("画面模糊，需现场复核")
    page.get_by_role("button", name="签署").click()
    expect(page.locator("#reviews")).to_contain_text("不通过")
    expect(page.locator("#reviews")).to_contain_text("画面模糊，需现场复核")


def test_in_english(page: Page, site: str, site_url: str) -> None:
    """Both languages; what holds says so."""
    seal(site_url)
    sign_in(page, site, f"/alerts/{POOL_ALERT}")
    page.get_by_role("link", name="English").click()
    expect(page.locator("#reviews")).to_contain_text("Clear, continuous, stable, complete")
    expect(page.locator("#reviews")).to_contain_text("Your role may not sign this review.")
    page.get_by_role("link", name="Make the technical review").click()
    expect(page.get_by_role("heading", name="Technical review")).to_be_visible()
    assert fits(page)
