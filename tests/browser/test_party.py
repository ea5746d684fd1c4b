"""The supervised party in a browser: its link, the finding, a dispute with a file, the reply."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.notices.deliver import Deliverer
from pipelines.notices.open_channels import channels_of
from pipelines.notices.queue import put, told_party
from pipelines.notices.words import LINK
from pipelines.parties.links import links_of
from pipelines.settings import Settings
from pipelines.store import Database
from tests.browser.test_door_axe import faults
from tests.browser.visit import fits, sign_in, visit
from tests.contract.dashboards.rows import NOW_MS, POOL_ALERT

CODE, WRONG = "00001A", "00001B"
SAID = "当时正在校准探头 <b>请看记录</b>"
REPLIED = "记录时间不符，维持认定"


@pytest.fixture
def link(site_url: str, site: str, tmp_path: Path) -> str:
    """The private link of a notice that was sent."""
    settings = Settings(database_url=site_url, data_dir=tmp_path)

    async def told() -> str:
        async with Database(site_url, max_size=1) as database:
            save = told_party(
                "finding", party_id="pool", alert_id=POOL_ALERT, subject="监测提示",
                body=f"请看 {LINK}\n", short=f"请看{LINK}", cause="browser", at_ms=NOW_MS,
            )  # fmt: skip
            async with database.transaction() as tx:
                await put(tx, save)
            links = links_of(settings)
            deliverer = Deliverer(database, channels_of(settings), links)
            while await deliverer.deliver_due(NOW_MS):
                pass
            return f"{site}/p/{links.token(str(save.params['notice_id']))}"

    with ThreadPoolExecutor(1) as apart:  # a loop runs in this thread already
        return apart.submit(asyncio.run, told()).result()


@pytest.fixture(params=[(1280, "zh"), (380, "en"), (380, "zh"), (1280, "en")],
                ids=lambda p: f"{p[0]}-{p[1]}")  # fmt: skip
def page(browser: Browser, link: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A party's browser; any script error or refused resource fails the test."""
    width, language = request.param
    with visit(browser, width) as opened:
        opened.context.add_cookies([{"name": "language", "value": language, "url": link}])
        yield opened


def photograph(folder: Path) -> Path:
    """What a telephone takes."""
    path = folder / "记录.jpg"
    made, data = cv2.imencode(".jpg", np.full((600, 800, 3), 200, dtype=np.uint8))
    assert made
    path.write_bytes(data.tobytes())
    return path


def sound(page: Page) -> bool:
    """Whether axe finds nothing grave, and nothing sticks out to the right."""
    assert faults(page) == []
    return fits(page)


def test_from_the_link_to_the_reply(
    page: Page, link: str, site: str, browser: Browser, tmp_path: Path
) -> None:
    """OFF-15: a stranger sees nothing; the party disputes with a photograph and is replied to."""
    page.goto(link)
    assert sound(page)
    expect(page.get_by_text("1.62")).to_have_count(0)
    page.locator("#code").fill(CODE)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_visible()
    expect(page.get_by_text("1.62").first).to_be_visible()
    assert sound(page)
    page.locator("input[name=kind][value=disputed]").check()
    page.locator("#words").fill(SAID)
    page.locator("#files").set_input_files(photograph(tmp_path))
    page.locator("#by_name").fill("王经理")
    page.locator("#answer button.main").click()
    expect(page.locator("section.notice")).to_be_visible()
    expect(page.locator("#answers")).to_contain_text(SAID)
    picture = page.locator("#answers img.party-picture")
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") == 800
    assert sound(page)
    with visit(browser, 1280) as officer:
        sign_in(officer, site, "/answers")
        expect(officer.locator("main")).to_contain_text(SAID)
        officer.locator("select[name=outcome]").select_option("refused")
        officer.locator("textarea[name=words]").fill(REPLIED)
        officer.locator("section.card form button.main").first.click()
        expect(officer.locator("main")).not_to_contain_text(SAID)
    page.goto(link)
    expect(page.locator(".party-reply")).to_contain_text(REPLIED)
    assert fits(page)


def test_a_wrong_code_shows_nothing_and_says_so(browser: Browser, link: str) -> None:
    """OFF-15: a letter that went to the wrong reader."""
    context = browser.new_context(viewport={"width": 380, "height": 800})
    page = context.new_page()
    page.goto(link)
    page.locator("#code").fill(WRONG)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("1.62")).to_have_count(0)
    assert fits(page)
    context.close()
