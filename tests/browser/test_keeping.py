"""An archivist proposes and a leader approves, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visit import WIDTHS, fits, sign_in, visit
from tests.contract.dashboards.registered import password_hash
from tests.contract.dashboards.rows import CAMERA_ALERT, NOW_MS

LONG_AGO_MS = NOW_MS - 400 * 86_400_000


@pytest.fixture
def people(site_url: str, site: str) -> str:
    """An archivist and a leader, and evidence of an alert that was dismissed long ago."""
    with psycopg.connect(site_url) as connection:
        for who, zh, role in (("arch", "档案员", "archivist"), ("lead", "负责人", "leader")):
            connection.execute(
                "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash)"
                " VALUES (%s, %s, %s, %s, %s)",
                (who, zh, who, role, password_hash()),
            )
        connection.execute(
            "UPDATE alerts SET state = 'dismissed' WHERE alert_id = %s", (CAMERA_ALERT,)
        )
        connection.execute("DELETE FROM alert_events WHERE alert_id = %s", (CAMERA_ALERT,))
        connection.execute(
            "INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action)"
            " VALUES ('long-ago', %s, %s, '3301', 'dismissed')",
            (CAMERA_ALERT, LONG_AGO_MS),
        )
    return site


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    """Of a desk's screen and of a phone's."""
    return int(request.param)


@pytest.fixture
def enter(browser: Browser, people: str, width: int) -> Iterator[Callable[[str], Page]]:
    """Signs somebody in and opens the page of keeping."""
    with ExitStack() as visits:

        def entered(officer_id: str) -> Page:
            page = visits.enter_context(visit(browser, width, expected=[404]))
            sign_in(page, people, "/keeping", officer_id)
            expect(page.get_by_role("heading", name="保存与销毁")).to_be_visible()
            assert fits(page)
            return page

        yield entered


def test_two_people_let_go(enter: Callable[[str], Page]) -> None:
    """AV-28: the archivist sees no button to approve, the leader none to carry out."""
    archivist = enter("arch")
    expect(archivist.get_by_text("没有待处理的提议")).to_be_visible()
    archivist.get_by_role("button", name="全部提出").click()
    expect(archivist.get_by_text("待负责人批准")).to_be_visible()
    expect(archivist.get_by_role("button", name="批准这一清单")).to_have_count(0)
    leader = enter("lead")
    expect(leader.get_by_text("提出人 档案员")).to_be_visible()
    leader.get_by_role("button", name="批准这一清单").click()
    expect(leader.get_by_text("已批准，待执行")).to_be_visible()
    expect(leader.get_by_role("button", name="执行销毁")).to_have_count(0)
    archivist.reload()
    archivist.get_by_role("button", name="执行销毁").click()
    expect(archivist.get_by_text("没有待处理的提议")).to_be_visible()
    expect(archivist.get_by_text("尚未销毁任何资料")).to_have_count(0)
    assert archivist.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_hold_is_placed_and_a_wrong_target_is_said(enter: Callable[[str], Page]) -> None:
    """AV-28, AV-29: by a form; what cannot be held is said in the reader's language."""
    page = enter("arch")
    page.locator("#held").fill("alert:nothing")
    page.locator("#held_why").fill("诉讼")
    page.get_by_role("button", name="留存", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("没有这一名称的资料")
    page.locator("#held").fill(f"alert:{CAMERA_ALERT}")
    page.locator("#held_why").fill("诉讼")
    page.get_by_role("button", name="留存", exact=True).click()
    expect(page.get_by_text(f"alert:{CAMERA_ALERT}")).to_be_visible()
    expect(page.get_by_text("现在没有可以销毁的资料")).to_be_visible()
