"""No serious fault by axe-core on any page of the site: desk and phone, Chinese and English."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page

from dashboards.triage.nav import ENTRIES
from tests.browser.visit import sign_in, visit
from tests.contract.dashboards.rows import CAMERA_ALERT, POOL_ALERT, insert_case

SIZES = {"desk": 1280, "phone": 380}
GRAVE = ("serious", "critical")
ALERTS = (f"/alerts/{POOL_ALERT}", f"/alerts/{CAMERA_ALERT}")
PATHS = (*(entry.path for entry in ENTRIES), *ALERTS, "/records/statistics",
         "/clocks/ledger", "/cases/case-1", "/log")  # fmt: skip


@cache
def axe() -> str:
    """The text of axe-core, which the package carries."""
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def faults(page: Page) -> list[str]:
    """What axe finds grave, one line for each rule with the elements it names."""
    page.evaluate(axe())
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "axe looked at nothing"
    return [
        f"{one['id']} ({one['impact']}): " + "; ".join(node["html"][:200] for node in one["nodes"])
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]


def a_leader(url: str) -> None:
    """Officer 3301 leads the unit, so that every page opens."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE officers SET role = 'leader' WHERE officer_id = '3301'")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_grave_fault(
    browser: Browser, site: str, site_url: str, language: str, size: str
) -> None:
    """WCAG by axe: zero serious or critical violations on all pages of the navigation."""
    a_leader(site_url)
    insert_case(site_url)
    with visit(browser, SIZES[size]) as page:
        found = {}
        page.goto(f"{site}/sign-in")
        if language == "en":
            page.goto(f"{site}/language/en?to=/sign-in")
        found["/sign-in"] = faults(page)
        page.goto(f"{site}/language/zh?to=/sign-in")
        sign_in(page, site)
        page.goto(f"{site}/language/{language}?to=/")
        for path in PATHS:
            page.goto(f"{site}{path}")
            found[path] = faults(page)
    assert {path: said for path, said in found.items() if said} == {}
