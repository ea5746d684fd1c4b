"""What the tests of the alert's page share: a page that complains, signing in, waiting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.contract.dashboards.rows import PASSWORD

WIDTHS = (1280, 380)
"""Of a desk's screen and of a phone's."""


@contextmanager
def visit(
    browser: Browser, width: int, height: int = 800, *, expected: Sequence[int] = ()
) -> Iterator[Page]:
    """A page that fails the test on any script error or refused resource.

    Args:
        expected: statuses that the test brings about; those refusals are no faults.
    """
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console", lambda said: complaints.append(said.text) if said.type == "error" else None
    )
    yield opened
    context.close()
    fine = [f"status of {status} " for status in expected]
    assert [said for said in complaints if not any(one in said for one in fine)] == []


def sign_in(page: Page, site: str, to: str = "/", officer_id: str = "3301") -> None:
    """Signs an officer in and waits for where they wanted to go."""
    page.goto(f"{site}/sign-in?to={to}")
    page.get_by_label("工号").fill(officer_id)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}{to}")
    page.wait_for_load_state()  # keys mean something once the page's scripts ran


def enter(page: Page, room: str) -> None:
    """Goes to a room of the site that the menu holds."""
    page.locator("details.more > summary").click()
    page.locator("details.more").get_by_role("link", name=room, exact=True).click()


def until(page: Page, expression: str, patience_ms: int = 15_000) -> None:
    """Playwright's own waiting evaluates strings in the page, which our content policy forbids."""
    for _ in range(patience_ms // 50):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {expression}")


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
