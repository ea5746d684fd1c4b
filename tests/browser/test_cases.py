"""Cases handed over, at a desk and on a phone, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.cases.envelope import handed_over
from pipelines.cases.sample import sample_case
from tests.browser.visit import fits, sign_in, visit
from tests.contract.dashboards.registered import password_hash
from tests.contract.dashboards.rows import NOW_MS, insert_case


@pytest.fixture(params=(1280, 380))
def page(
    request: pytest.FixtureRequest, browser: Browser, site: str, site_url: str
) -> Iterator[Page]:
    """A leader's page over an authority with a case that was not taken."""
    body = handed_over("/vigil", sample_case("case-1", [b"clip"]), at_ms=NOW_MS)
    insert_case(site_url)
    with psycopg.connect(site_url) as connection:
        connection.execute(
            "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash)"
            " VALUES ('lead', '负责人', 'Leader', 'leader', %s)",
            (password_hash(),),
        )
        connection.execute(
            "UPDATE cases SET payload = %s, revision = 1, state = 'undelivered',"
            " error = 'timed out'",
            (body,),
        )
        connection.execute(
            "INSERT INTO case_sendings (sending_id, case_id, revision, reason, body, state,"
            " attempts, tries, due_ms, error, created_ms) VALUES ('case-1-r1', 'case-1', 1,"
            " 'confirmed', %s, 'undelivered', 12, 12, 0, 'timed out', %s)",
            (body, NOW_MS),
        )
    with visit(browser, request.param) as opened:
        sign_in(opened, site, "/cases", officer_id="lead")
        yield opened


def test_a_leader_finds_a_case_that_was_not_taken_and_sends_it_again(page: Page) -> None:
    """OFF-17, OFF-21: filter, open, read the suggestion, send again; by keyboard."""
    expect(page.get_by_role("heading", name="案件移送")).to_be_visible()
    assert fits(page)
    page.get_by_label("移送状态").select_option("undelivered")
    page.get_by_role("button", name="筛选").press("Enter")
    page.get_by_role("link", name="case-1").press("Enter")
    expect(page.get_by_text("公共场所卫生管理条例 第十四条")).to_be_visible()
    expect(page.get_by_text("仅为建议")).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="重新报送").press("Enter")
    expect(page.locator("table").filter(has_text="版次")).to_contain_text("待")
    expect(page.get_by_text("重新报送案件")).to_be_visible()
    assert fits(page)


def test_english_and_empty(page: Page, site: str) -> None:
    """OFF-17: the same in English; a filter that fits nothing says so."""
    page.context.add_cookies([{"name": "language", "value": "en", "url": site}])
    page.goto(f"{site}/cases?state=refused")
    expect(page.get_by_text("No cases match.")).to_be_visible()
    page.goto(f"{site}/cases/case-1")
    expect(page.get_by_role("heading", name="Suggestion")).to_be_visible()
    assert fits(page)
