"""A chromium, and the triage site served over a real database with a real film."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.browser.film import film
from tests.contract.dashboards.rows import NOW_MS, authority
from tests.fresh import fresh_database

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium; skips, saying why, where there is none."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def site_url(database_url: str) -> str:
    """Libpq URL of the site's database; every test has one of its own."""
    return fresh_database(database_url, "browser")


@pytest.fixture
def site(site_url: str, tmp_path: Path, browser: Browser) -> Iterator[str]:
    """The site's address."""
    settings = Settings(database_url=site_url, data_dir=tmp_path)
    film(tmp_path / "film.mp4")
    authority(settings.database_url, FolderVault(settings.objects), clip=tmp_path / "film.mp4")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = _Served(settings, port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    server.wait()
    yield f"http://127.0.0.1:{port}"
    for context in browser.contexts:  # pages that listen would complain that the site is gone
        context.close()
    server.stop()
    thread.join(20)


class _Served:
    """A uvicorn with a loop and a database pool of its own, in a thread."""

    def __init__(self, settings: Settings, port: int) -> None:
        self._settings = settings
        self._port = port
        self._server: uvicorn.Server | None = None

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        started = time.monotonic()
        async with Database(self._settings.database_url, max_size=4) as database:
            app = create_app(
                self._settings,
                database,
                clock=lambda: NOW_MS + int((time.monotonic() - started) * 1000),
            )
            config = uvicorn.Config(
                app, port=self._port, log_level="critical", lifespan="off",
                timeout_graceful_shutdown=1,  # an open queue listens for ever
            )  # fmt: skip
            self._server = uvicorn.Server(config)
            await self._server.serve()

    def wait(self) -> None:
        until = time.monotonic() + 20
        while not (self._server and self._server.started):
            if time.monotonic() > until:
                raise TimeoutError("the site did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
