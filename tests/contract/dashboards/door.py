"""The site whose clock the tests move, its browsers, and all that its database holds."""

from __future__ import annotations

import re

import httpx
import psycopg
from psycopg import sql

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.dashboards.rows import NOW_MS, PASSWORD

ASIDE = frozenset({"door_buckets", "sign_in_ways", "sessions"})
"""Tables that merely asking may change: who is there, and how often they ask."""


class Door:
    """A site over a real database."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.now_ms = NOW_MS
        self.settings, self.database = settings, database
        self.app = create_app(settings, database, clock=lambda: self.now_ms)

    def browser(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """A browser in which nobody is signed in."""
        transport = httpx.ASGITransport(app=self.app, client=(address, 50_000))
        return httpx.AsyncClient(transport=transport, base_url="http://vigil.test")

    async def enter(self, officer_id: str = "3301") -> httpx.AsyncClient:
        """A browser in which an officer is signed in by the form, as people do it."""
        browser = self.browser()
        answer = await by_form(browser, officer_id)
        assert answer.status_code == 303, answer.text
        browser.headers["X-CSRF-Token"] = csrf_of((await browser.get("/sign-in")).text)
        return browser

    def query(self, statement: str, *params: object) -> list[tuple[object, ...]]:
        """Rows of any SQL."""
        with psycopg.connect(self.settings.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), params)
            return cursor.fetchall() if cursor.description else []

    def contents(self) -> dict[str, tuple[int, str]]:
        """Every table's number of rows and a digest of them, whatever their order."""
        found: dict[str, tuple[int, str]] = {}
        with psycopg.connect(self.settings.database_url) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            ).fetchall()
            for (name,) in tables:
                if name not in ASIDE:
                    text = sql.SQL(
                        "SELECT count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY"
                        " md5(t::text))), '') FROM {} t"
                    )
                    row = connection.execute(text.format(sql.Identifier(name))).fetchone()
                    assert row is not None
                    found[name] = (int(row[0]), str(row[1]))
        return found


async def by_form(
    browser: httpx.AsyncClient, officer_id: str, password: str = PASSWORD, to: str = "/"
) -> httpx.Response:
    """Sends the form of the sign-in page."""
    csrf = csrf_of((await browser.get("/sign-in")).text)
    form = {"officer_id": officer_id, "password": password, "csrf": csrf, "to": to}
    return await browser.post("/sign-in", data=form)


def csrf_of(page: str) -> str:
    """The token of a page's first form; empty where it has none."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    return found[1] if found else ""


def ticket_of(browser: httpx.AsyncClient) -> str:
    """The cookie that says whose browser it is."""
    return str(browser.cookies["vigil"])
