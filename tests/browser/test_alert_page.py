"""The alert's page at a desk and on a phone: film, drawings, series, keys, paper, languages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.film import RATE
from tests.browser.visit import fits, sign_in, until, visit
from tests.contract.dashboards.moments import MINUTE
from tests.contract.dashboards.rows import CAMERA_ALERT, NOW_MS, POOL_ALERT

FILM = f"/alerts/{CAMERA_ALERT}"
POOL = f"/alerts/{POOL_ALERT}"
BEGAN_MS = NOW_MS - 9 * MINUTE - 3000  # the rule decided three seconds into the film


@pytest.fixture(params=(1280, 380))
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A desk and a phone."""
    with visit(browser, request.param) as opened:
        yield opened


def _sealed(url: str) -> None:
    """Gives the camera's alert a manifest that tells of its film."""
    footage = {
        "camera_id": "cam-pool-1", "clip": "clip.mp4", "wanted_from_ms": BEGAN_MS,
        "wanted_to_ms": BEGAN_MS + 6000, "start_ms": BEGAN_MS, "end_ms": BEGAN_MS + 6000,
        "gaps": [], "parts": [],
    }  # fmt: skip
    looks = [
        {"camera_id": "cam-pool-1", "time_ms": BEGAN_MS + s * 1000, "people": s,
         "frame_sha256": "f", "model": "m 1"} for s in range(6)
    ]  # fmt: skip
    corners = [["0.1", "0.2"], ["0.6", "0.2"], ["0.6", "0.9"]]
    zone = {
        "zone_id": "stand-1",
        "kind": "post",
        "limit": 0,
        "active": "always",
        "polygon": corners,
    }
    manifest = json.dumps(
        {"footage": [footage], "looks": looks, "zones": [zone | {"polygon": corners}]}
    ).encode()
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE evidence SET manifest = %s, manifest_sha256 = %s WHERE alert_id = %s",
            (manifest, hashlib.sha256(manifest).hexdigest(), CAMERA_ALERT),
        )


def _playing(page: Page) -> None:
    expect(page.get_by_role("button", name="播放", exact=True)).to_be_visible(timeout=120_000)
    page.keyboard.press("p")
    until(page, "document.querySelector('video')?.readyState >= 2")
    page.keyboard.press("p")
    until(page, "document.querySelector('video').paused")


def _shows(page: Page, number: int) -> None:
    """The time shown is within the picture of that number."""
    at = "document.querySelector('video').currentTime"
    until(page, f"{at} > {(number + 0.1) / RATE} && {at} < {(number + 0.9) / RATE}")


def test_the_film_by_keyboard_with_zones_and_boxes(page: Page, site: str, site_url: str) -> None:
    """OFF-14: picture by picture, its time, zones as sealed, boxes said to be later finds."""
    _sealed(site_url)
    sign_in(page, site, FILM)
    _playing(page)
    page.evaluate("document.querySelector('video').currentTime = 2.01")
    moment = page.locator("[data-moment]")
    expect(moment).to_contain_text("(+2.0")
    shown = round(2.01 * RATE // 1)
    page.keyboard.press(".")
    _shows(page, shown + 1)
    for _ in range(3):
        page.keyboard.press(",")
    _shows(page, shown - 2)
    page.keyboard.press("]")
    assert page.evaluate("document.querySelector('video').playbackRate") == 2
    expect(page.locator("[data-moment]")).to_contain_text("2026-06-01 10:30:5")
    expect(page.locator("[data-count]")).to_contain_text("判定时计数：2 人")
    expect(page.locator("svg.overlay polygon")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator("svg.overlay polygon.post")).to_have_attribute(
        "points", "48.0,54.0 288.0,54.0 288.0,243.0"
    )
    page.keyboard.press("b")
    expect(page.locator("[data-count]")).to_contain_text("不是判定依据")
    found = page.evaluate(
        f"fetch('{FILM}/overlay/clip.mp4').then((answer) => answer.json())"
        ".then((over) => [over.decided_s, over.boxes.finds.length > 5])"
    )
    assert found == [3, True]
    page.keyboard.press("z")
    expect(page.locator("svg.overlay polygon")).to_have_count(0)
    assert fits(page)


def test_another_series_is_drawn_in_place(page: Page, site: str) -> None:
    """The chart changes, the page does not; the table beside it too."""
    sign_in(page, site, POOL)
    expect(page.locator("svg.chart .limit")).to_have_count(2)
    page.get_by_label("显示").select_option("2")
    expect(page.locator("svg.chart .limit")).to_have_count(0)
    page.locator("#chart summary").click()
    expect(page.get_by_role("table").first).to_contain_text("2026-06-01")
    assert fits(page)


def test_every_part_is_there_in_english_too(page: Page, site: str) -> None:
    """Both languages, at both widths; no text is missing and nothing sticks out."""
    sign_in(page, site, POOL)
    assert fits(page)
    page.goto(f"{site}/language/en?to={POOL}")
    for heading in (
        "Similar past alerts", "History of the site", "Points of the site",
        "Can it become a case?", "The party's answer",
    ):  # fmt: skip
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert fits(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("the next alert that waits")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_officers_sheet_is_printed_without_the_forms(page: Page, site: str) -> None:
    """On paper: what is known, no buttons, no navigation."""
    sign_in(page, site, POOL)
    page.emulate_media(media="print")
    expect(page.locator(".verdicts")).to_be_hidden()
    expect(page.locator("header.top")).to_be_hidden()
    expect(page.get_by_role("heading", name="法律依据")).to_be_visible()
    expect(page.locator("svg.chart")).to_be_visible()


def test_a_verdict_leads_to_the_next_alert(page: Page, site: str) -> None:
    """OFF-15: three keys decide; the next one opens; a doubt stays where it is."""
    sign_in(page, site, POOL)
    for key in ("c", "1", "Enter"):
        page.keyboard.press(key)
    expect(page).to_have_url(f"{site}{FILM}")
    page.goto(f"{site}{POOL}")
    expect(page.locator(".summary .state")).to_have_text("已确认")
    expect(page.locator(".trail")).to_contain_text("读数连续超出限值")
    page.goto(f"{site}{FILM}")
    page.keyboard.press("u")
    page.get_by_label("情况说明").fill("画面被遮挡")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".trail")).to_contain_text("画面被遮挡")
    expect(page).to_have_url(f"{site}{FILM}")
