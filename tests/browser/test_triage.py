"""An officer at a desk and one with a phone: sign in, open an alert, play the clip, confirm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visit import WIDTHS, enter, fits, sign_in, until, visit
from tests.contract.dashboards.rows import CAMERA_ALERT, POOL_ALERT


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A desk's page, then a phone's."""
    with visit(browser, request.param, expected=[503]) as opened:
        yield opened


def test_sign_in_play_and_confirm(page: Page, site: str) -> None:
    page.goto(site)
    expect(page).to_have_url(f"{site}/sign-in?to=/")
    assert fits(page)
    sign_in(page, site)
    expect(page.get_by_role("heading", name="预警队列")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="岗位无人").click()
    expect(page).to_have_url(f"{site}/alerts/{CAMERA_ALERT}")
    assert fits(page)
    expect(page.get_by_text("正在制作遮挡人脸的副本")).to_be_visible()
    expect(page.get_by_role("button", name="播放")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("衍生件：人脸已遮挡")).to_be_visible()
    page.get_by_role("button", name="播放").click()
    until(page, "document.querySelector('video')?.readyState >= 2")
    until(page, "document.querySelector('video').currentTime > 0.8")
    picture = page.evaluate(
        "(v => [v.videoWidth, v.videoHeight, v.error])(document.querySelector('video'))"
    )
    assert picture == [480, 270, None]
    page.get_by_role("button", name="确认属实").click()
    page.get_by_label("情况说明").fill("录像显示看台空无一人")
    page.get_by_role("button", name="提交").click()
    expect(page).not_to_have_url(f"{site}/alerts/{CAMERA_ALERT}")  # on to the next
    page.goto(f"{site}/alerts/{CAMERA_ALERT}")
    expect(page.locator(".summary .state")).to_have_text("已确认")
    expect(page.locator(".trail")).to_contain_text("录像显示看台空无一人")
    expect(page.locator(".decide")).to_contain_text("已处置完毕")


def test_dismissing_asks_for_a_reason(page: Page, site: str) -> None:
    sign_in(page, site)
    page.goto(f"{site}/alerts/{POOL_ALERT}")
    expect(page.locator("svg.chart .limit")).to_have_count(2)
    expect(page.locator("svg.chart .breach")).to_be_visible()
    page.get_by_role("button", name="排除").click()
    page.get_by_label("情况说明").fill("维护人员正在冲击加氯")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#verdict-problem")).to_be_visible()  # a reason is missing
    page.get_by_role("radio", name="正常作业触发").check()
    page.get_by_role("button", name="提交").click()
    expect(page).not_to_have_url(f"{site}/alerts/{POOL_ALERT}")
    page.goto(f"{site}/alerts/{POOL_ALERT}")
    expect(page.locator(".summary .state")).to_have_text("已排除")
    expect(page.locator(".trail")).to_contain_text("维护人员正在冲击加氯")


def test_english_and_the_other_pages(page: Page, site: str) -> None:
    sign_in(page, site)
    page.get_by_role("link", name="English").click()
    for link, heading in (("Parties", "Parties and credit"), ("System health", "System health")):
        enter(page, link)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert fits(page)
