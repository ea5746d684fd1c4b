"""Silences and incidents at a desk and on a phone, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visit import fits, sign_in, visit
from tests.contract.alerts.joined import INCIDENT, joined


@pytest.fixture(params=(1280, 380))
def page(
    request: pytest.FixtureRequest, browser: Browser, site: str, site_url: str
) -> Iterator[Page]:
    """A page over an authority with an incident and a silence."""
    joined(site_url)
    with visit(browser, request.param) as opened:
        sign_in(opened, site, "/silences")
        yield opened


def test_an_officer_silences_by_keyboard_and_ends_it(page: Page) -> None:
    """OFF-7: with reason and end; what it held is named; it is over when somebody ends it."""
    expect(page.locator("#in_force")).to_contain_text("电极更换")
    page.locator("#in_force summary").press("Enter")
    expect(page.locator("#in_force ul.held")).to_contain_text("清波游泳馆")
    assert fits(page)
    page.get_by_label("场所", exact=True).select_option("pool-1")
    page.get_by_label("理由", exact=True).fill("更换过滤砂")
    page.get_by_label("理由", exact=True).press("Enter")
    expect(page.locator("#in_force")).to_contain_text("更换过滤砂")
    made = page.locator("#in_force .silence", has_text="更换过滤砂")
    made.get_by_label("结束原因").fill("已完工")
    made.get_by_role("button", name="立即结束").press("Enter")
    expect(page.locator("#over")).to_contain_text("已完工")
    assert fits(page)


def test_an_incident_on_one_time_line(page: Page, site: str) -> None:
    """OFF-7: sensor and camera on one line, why they belong together, and a finding taken out."""
    page.goto(f"{site}/incidents")
    assert fits(page)
    page.get_by_role("link", name="游离性余氯").press("Enter")
    expect(page).to_have_url(f"{site}/incidents/{INCIDENT}")
    expect(page.locator("svg.spans .span-sensor")).to_have_count(1)
    expect(page.locator("svg.spans .span-camera")).to_have_count(1)
    expect(page.locator("#why")).to_contain_text("人数超过核定")
    assert fits(page)
    page.get_by_label("移出").select_option(index=1)
    page.locator("#detach_why").fill("另一件事")
    page.locator("#detach_why").press("Enter")
    expect(page.locator("#acts")).to_contain_text("另一件事")
    expect(page.locator("#members tbody tr")).to_have_count(1)


def test_in_english(page: Page, site: str) -> None:
    """Both rooms speak English too."""
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Silences", exact=True)).to_be_visible()
    assert fits(page)
    page.goto(f"{site}/incidents/{INCIDENT}")
    expect(page.locator("#why")).to_contain_text("more bathers than licensed")
    expect(page.locator("#members")).to_contain_text("Sensor")
    assert fits(page)
