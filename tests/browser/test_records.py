"""Officers' recordings at a desk and with a phone: list, one of them, the way into the player."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.footage.bodycam import BodyCamera, film
from pipelines.records.diary import Done, add_act
from pipelines.records.intake import take
from pipelines.records.types import Statement
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.browser.visit import WIDTHS, enter, fits, sign_in, until, visit
from tests.contract.dashboards.rows import NOW_MS

BEGAN_MS = NOW_MS - 3_600_000


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A desk's page, then a phone's."""
    with visit(browser, request.param) as opened:
        yield opened


@pytest.fixture
def recorded(site: str, site_url: str, tmp_path: Path, video: Path) -> str:
    """The site's address, with a session of two files and an act that nobody recorded."""
    with psycopg.connect(site_url) as database:
        database.execute(
            "INSERT INTO devices (device_id, kind, model, installed_ms) "
            "VALUES ('cam-1', 'recorder', 'DSJ-A9', 0)"
        )
    files = [tmp_path / f"DSJ-000{n}.mp4" for n in (1, 2)]
    camera = BodyCamera(width=320, height=180, bits_s=400_000)
    for n, path in enumerate(files):
        start_ms = BEGAN_MS + n * 90_000
        film(video, path, start_ms=start_ms, seconds=6, camera=camera, seed=n)
    said = Statement(
        officers=("3301",), device_id="cam-1", matter="泳池水质与公示检查", act="inspection",
        place="清波游泳馆", imported_by="3301", party_id="pool",
    )  # fmt: skip

    async def fill() -> None:
        async with Database(site_url, max_size=2) as database:
            await take(database, FolderVault(tmp_path / "objects"), files, said, now_ms=NOW_MS)
            hearing = Done(kind="hearing", officers=("3301",), start_ms=BEGAN_MS - 7_200_000,
                           end_ms=BEGAN_MS - 3_600_000, matter="听证", place="听证室",
                           added_by="3301")  # fmt: skip
            await add_act(database, hearing, now_ms=NOW_MS)

    with ThreadPoolExecutor(1) as elsewhere:  # playwright's loop runs in this thread
        elsewhere.submit(asyncio.run, fill()).result()
    return site


def test_from_the_list_to_the_player(page: Page, recorded: str) -> None:
    """AV-18, AV-23, AV-24, AV-31: found, read, played; figures and both languages fit a phone."""
    sign_in(page, recorded)
    enter(page, "音像记录")
    expect(page.get_by_role("heading", name="执法音像记录")).to_be_visible()
    assert fits(page)
    page.get_by_label("显示").select_option("late")
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()
    page.get_by_role("link", name="重置").click()
    page.get_by_role("link", name="泳池水质与公示检查").first.click()
    expect(page.get_by_text("未说明原因")).to_be_visible()
    expect(page.get_by_text("仅登记了一名执法人员")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("No reason stated")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="Recordings").first.click()
    page.get_by_role("link", name="Monthly statistics").click()
    expect(page.get_by_text("Not recorded 1/1").first).to_be_visible()
    assert fits(page)


def test_the_player_plays_it(page: Page, recorded: str) -> None:
    """AV-24, AV-26: one's own recording plays with a reason, in marked pieces, never as a file."""
    sign_in(page, recorded)
    page.goto(f"{recorded}/records")
    page.get_by_role("link", name="泳池水质与公示检查").first.click()
    page.get_by_role("link", name="查看录像").click()
    expect(page).to_have_url(re.compile("/viewing/record/"))
    page.locator("textarea, input[name=reason]").first.fill("核对现场情况")
    page.get_by_role("button", name="播放").click()
    until(page, "document.querySelector('video')?.currentTime > 0.3", 40_000)
