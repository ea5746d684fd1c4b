"""The queue in a browser, by keyboard: move, decide, select, save filters; news that waits."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from detectors.types import digest_id
from tests.browser.visit import fits, sign_in, until, visit
from tests.contract.dashboards.rows import CAMERA_ALERT, POOL_ALERT, SEALING_ALERT

WASTE, SILENT = digest_id("waste"), digest_id("silent")
FOCUSED = "document.activeElement.closest('tr')?.dataset.id"


@pytest.fixture(params=(1280, 380))
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page that fails the test on any script error or refused resource."""
    with visit(browser, request.param) as opened:
        yield opened


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """The same at a desk."""
    with visit(browser, 1280) as opened:
        yield opened


def _state(url: str, alert_id: str) -> tuple[str, str]:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT state, assignee FROM alerts WHERE alert_id = %s", (alert_id,)
        ).fetchone()
    assert row is not None
    return str(row[0]), str(row[1])


def _events(url: str, alert_id: str) -> list[tuple[str, str, str, str]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT action, reason_code, from_state, to_state FROM alert_events"
            " WHERE alert_id = %s AND actor = '3301' ORDER BY at_ms",
            (alert_id,),
        ).fetchall()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_queue_fits_in_both_languages(page: Page, site: str, language: str) -> None:
    """OFF-21: what waits, its clock in words and who has it, at a desk and on a phone."""
    sign_in(page, site)
    page.goto(f"{site}/language/{language}?to=/")
    heading = {"zh": "预警队列", "en": "Alerts"}[language]
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator("tr[data-id]")).to_have_count(5)
    expect(page.locator(".due .clock").first).to_be_visible()
    assert fits(page)
    page.locator("summary", has_text={"zh": "更多条件", "en": "More filters"}[language]).click()
    assert fits(page)
    page.goto(f"{site}/?group=site")
    page.locator(".groups summary").first.click()
    expect(page.locator(".groups table tr[data-id]").first).to_be_visible()
    assert fits(page)


def _announce(url: str) -> None:
    """A new alert, due before all others."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE alerts SET state = 'open', due_ms = detected_ms WHERE alert_id = %s",
            (SEALING_ALERT,),
        )


def _focused(page: Page, alert_id: str) -> None:
    """Waits until a row has the keys again: it is drawn anew after each move."""
    until(page, f"({FOCUSED}) === '{alert_id}'")


def test_alerts_are_handled_by_keyboard_alone(desk: Page, site: str, site_url: str) -> None:
    """OFF-21: acknowledge with one key, decide a clear case with three, each in the trail."""
    sign_in(desk, site)
    desk.keyboard.press("j")
    assert desk.evaluate(FOCUSED) == WASTE
    desk.keyboard.press("a")
    expect(desk.locator(f"tr[data-id='{WASTE}'] .state")).to_have_text("已受理")
    _focused(desk, WASTE)
    for key in ("c", "1", "Enter"):
        desk.keyboard.press(key)
    expect(desk.locator(f"tr[data-id='{WASTE}']")).to_have_count(0)
    _focused(desk, POOL_ALERT)  # the next one is at hand
    for key in ("d", "1", "Enter"):
        desk.keyboard.press(key)
    expect(desk.locator(f"tr[data-id='{POOL_ALERT}']")).to_have_count(0)
    _focused(desk, CAMERA_ALERT)
    for key in ("u", "1", "Enter"):
        desk.keyboard.press(key)
    expect(desk.locator("#verdict-said")).to_contain_text("已记录疑点")
    expect(desk.locator("#verdict")).to_be_hidden()
    _focused(desk, CAMERA_ALERT)
    for key in ("r", "1", "Enter"):
        desk.keyboard.press(key)
    expect(desk.locator(f"tr[data-id='{CAMERA_ALERT}']")).to_have_count(0)
    assert _state(site_url, WASTE) == ("confirmed", "3301")
    assert _state(site_url, POOL_ALERT)[0] == "dismissed"
    assert _state(site_url, CAMERA_ALERT)[0] == "reminded"
    assert _events(site_url, WASTE) == [
        ("acknowledged", "", "open", "acknowledged"),
        ("confirmed", "", "acknowledged", "confirmed"),
    ]  # fmt: skip
    assert _events(site_url, POOL_ALERT)[0][1] == "benign_trigger"


RETURNS = """id => {
    window.returned = false;
    new MutationObserver(() => {
        if (document.querySelector(`tr[data-id='${id}']`)) window.returned = true;
    }).observe(document.getElementById("queue"), { childList: true, subtree: true });
}"""


def test_rows_asked_for_before_a_move_do_not_bring_back_what_was(
    desk: Page, site: str, site_url: str
) -> None:
    """OFF-21: an answer that was under way when the officer decided shows the row as it was."""
    sign_in(desk, site)
    held: list[tuple[Route, APIResponse]] = []
    rows = re.compile(r"/queue/rows")

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    desk.route(rows, hold_the_first)
    with psycopg.connect(site_url) as connection:
        connection.execute("UPDATE alerts SET assignee = '3302' WHERE alert_id = %s", (POOL_ALERT,))
    for _ in range(100):
        if held:
            break
        desk.wait_for_timeout(50)
    desk.keyboard.press("j")
    for key in ("c", "1", "Enter"):
        desk.keyboard.press(key)
    expect(desk.locator(f"tr[data-id='{WASTE}']")).to_have_count(0)
    desk.evaluate(RETURNS, WASTE)
    with desk.expect_response(rows):  # it asks again by itself
        held[0][0].fulfill(response=held[0][1])
    expect(desk.locator(f"tr[data-id='{POOL_ALERT}']")).to_contain_text("周敏")
    assert not desk.evaluate("window.returned")


def test_a_stale_verdict_says_who_was_faster(desk: Page, site: str, site_url: str) -> None:
    sign_in(desk, site)
    desk.keyboard.press("j")
    desk.keyboard.press("c")
    expect(desk.locator("#verdict")).to_be_visible()
    with psycopg.connect(site_url) as connection:
        connection.execute("UPDATE alerts SET state = 'acknowledged' WHERE alert_id = %s", (WASTE,))
    desk.keyboard.press("1")
    desk.keyboard.press("Escape")
    expect(desk.locator("#verdict")).to_be_hidden()
    assert desk.evaluate(FOCUSED) == WASTE  # back where it came from
    shown = desk.request.post(f"{site}/api/alerts/{WASTE}/moves", data={"action": "confirm"})
    assert shown.status == 403  # without the page's token nothing moves


def test_news_is_told_and_waits_for_the_officer(desk: Page, site: str, site_url: str) -> None:
    """Live: a new alert announces itself within a second or so and moves no row by itself."""
    sign_in(desk, site)
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    before = desk.evaluate(FOCUSED)
    _announce(site_url)
    expect(desk.locator("#news button")).to_be_visible()
    expect(desk.locator("#news")).to_contain_text("1 条新预警")
    expect(desk.locator("tr[data-id]")).to_have_count(5)
    assert desk.evaluate(FOCUSED) == before
    desk.keyboard.press(".")
    expect(desk.locator("tr[data-id]")).to_have_count(6)
    assert desk.evaluate(FOCUSED) == SEALING_ALERT
    expect(desk.locator("#news button")).to_be_hidden()


def test_bulk_by_keyboard_lists_what_failed(desk: Page, site: str, site_url: str) -> None:
    sign_in(desk, site)
    for key in ("j", "x", "j", "x"):
        desk.keyboard.press(key)
    expect(desk.locator("#chosen")).to_have_text("已选 2 条")
    expect(desk.locator("#bulk option[value=confirm]")).to_have_count(0)
    with psycopg.connect(site_url) as connection:
        connection.execute(
            "UPDATE alerts SET state = 'confirmed' WHERE alert_id = %s", (POOL_ALERT,)
        )
    desk.keyboard.press("b")
    desk.locator("#bulk button.main").press("Enter")
    expect(desk.get_by_role("heading", name="批量处置结果")).to_be_visible()
    expect(desk.get_by_text("已办理 1 条")).to_be_visible()
    expect(desk.get_by_text("现在的状态：已确认")).to_be_visible()
    assert _state(site_url, WASTE) == ("acknowledged", "3301")


def test_filters_are_saved_renamed_and_begun_with(desk: Page, site: str) -> None:
    sign_in(desk, site)
    desk.keyboard.press("/")
    desk.keyboard.type("清波")
    desk.keyboard.press("Enter")
    expect(desk.locator("tr[data-id]")).to_have_count(2)
    desk.locator("summary", has_text="保存筛选条件").click()
    desk.get_by_label("名称", exact=True).first.fill("清波的")
    desk.get_by_role("button", name="保存", exact=True).click()
    saved = desk.locator(".saved a", has_text="清波的")
    expect(saved).to_have_attribute("aria-current", "true")
    desk.locator("summary", has_text="保存筛选条件").click()
    desk.get_by_role("button", name="设为默认").click()
    desk.goto(site)
    expect(desk.locator("tr[data-id]")).to_have_count(2)
    desk.locator("summary", has_text="保存筛选条件").click()
    desk.get_by_role("button", name="删除").click()
    expect(desk.locator(".saved")).to_have_count(0)


def test_keys_are_listed_and_can_be_turned_off(desk: Page, site: str) -> None:
    sign_in(desk, site)
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    desk.get_by_label("启用单键快捷键").uncheck()
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    assert desk.evaluate(FOCUSED) is None
    desk.locator("a.open").first.focus()
    desk.keyboard.press("c")
    expect(desk.locator("#verdict")).to_be_hidden()
    desk.locator("[data-help]").click()
    desk.get_by_label("启用单键快捷键").check()
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    assert desk.evaluate(FOCUSED) is not None


def test_a_queue_that_cannot_refresh_says_so(browser: Browser, site: str, site_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, site)
    expect(page.locator("#stale")).to_be_hidden()
    page.route("**/queue/rows?*", lambda route: route.fulfill(status=503, body=""))

    def stir(risk: int) -> None:
        with psycopg.connect(site_url) as connection:
            connection.execute("UPDATE alerts SET risk = %s WHERE alert_id = %s", (risk, SILENT))

    until(page, "true")
    stir(19)
    expect(page.locator("#stale")).to_be_visible(timeout=9000)
    page.unroute("**/queue/rows?*")
    stir(20)
    expect(page.locator("#stale")).to_be_hidden(timeout=9000)
    context.close()
