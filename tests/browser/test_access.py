"""Asking for an original, a leader's answer, and the player, at a desk and with a phone."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visit import WIDTHS, enter, fits, sign_in, until, visit
from tests.contract.dashboards.registered import password_hash
from tests.contract.dashboards.rows import CAMERA_ALERT

ORIGINAL = f"/viewing/alert/{CAMERA_ALERT}/original/clip.mp4"


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A desk's page, then a phone's; refusals are what some of these tests are about."""
    with visit(browser, request.param, expected=[403, 404, 422]) as opened:
        yield opened


@pytest.fixture
def leader(browser: Browser, site: str, site_url: str) -> Iterator[Page]:
    """A leader of the unit, signed in at a desk."""
    with psycopg.connect(site_url) as database:
        database.execute(
            "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash)"
            " VALUES ('3300', '林主任', 'Director Lin', 'leader', %s)",
            (password_hash(),),
        )
    with visit(browser, WIDTHS[0]) as opened:
        sign_in(opened, site, officer_id="3300")
        yield opened


def test_asked_approved_and_played(page: Page, leader: Page, site: str) -> None:
    """AV-25, AV-26: the refusal leads to the form, the answer to the player; no file anywhere."""
    sign_in(page, site)
    page.goto(f"{site}{ORIGINAL}")
    expect(page.get_by_role("heading", name="无权进行此操作")).to_be_visible()
    page.get_by_role("link", name="书面申请").click()
    page.get_by_label("事由").fill("办理案件")
    page.get_by_label("事项", exact=True).fill("案件 7")
    assert fits(page)
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator(".stands")).to_have_text("待答复")
    leader.goto(f"{site}/access")
    leader.get_by_role("link", name="调阅原件").click()
    leader.get_by_label("答复理由").fill("同意")
    leader.get_by_role("button", name="批准", exact=True).click()
    expect(leader.locator(".stands")).to_have_text("有效")
    page.reload()
    page.get_by_role("link", name="查阅原件 clip.mp4").click()
    page.keyboard.press("Tab")
    page.get_by_role("button", name="播放").focus()
    page.keyboard.press("Enter")
    until(page, "document.querySelector('video')?.currentTime > 0.5")
    assert page.evaluate("document.querySelector('video').src.startsWith('blob:')")
    assert page.evaluate("Math.round(document.querySelector('video').duration)") == 6
    page.evaluate("document.querySelector('video').currentTime = 5")
    until(page, "document.querySelector('video').currentTime > 5.3")
    assert fits(page)
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.get_by_text("窗口失去焦点")).to_be_visible()
    page.reload()
    expect(page.locator(".log").last).to_contain_text("经批准")


def test_pages_without_anything(page: Page, site: str) -> None:
    """Empty and wrong: said in words, in both languages."""
    sign_in(page, site)
    enter(page, "调阅申请")
    expect(page.get_by_text("您还没有申请过")).to_be_visible()
    page.get_by_role("link", name="书面申请").click()
    page.get_by_label("编号").fill("nothing")
    page.get_by_label("事由").fill("a")
    page.get_by_label("事项", exact=True).fill("b")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("alert")).to_contain_text("没有这个编号")
    page.goto(f"{site}/language/en?to=/access")
    expect(page.get_by_text("You have not asked for anything yet")).to_be_visible()
    assert fits(page)
