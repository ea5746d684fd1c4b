"""A believable authority over a real database, a site over it, and servers that take notices."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from dashboards.triage.app import create_app
from pipelines.notices.deliver import Deliverer
from pipelines.notices.open_channels import channels_of
from pipelines.notices.queue import put, told_party
from pipelines.notices.words import LINK
from pipelines.parties.links import Links, links_of
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.contract.dashboards.rows import NOW_MS, POOL_ALERT, authority
from tests.fresh import drop_database, fresh_database

SECRET = "whsec_dmlnaWwtbm90aWNlLXNlY3JldC0zMi1ieXRlcyEhISE="


@dataclass
class House:
    """The authority's database and settings, with what tests ask of them."""

    url: str
    database: Database
    settings: Settings
    now_ms: int = NOW_MS

    @property
    def links(self) -> Links:
        """The private links as the worker makes them."""
        return links_of(self.settings)

    def sql(self, statement: str, *params: object) -> list[tuple[object, ...]]:
        """Runs any SQL."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), params)
            return cursor.fetchall() if cursor.description else []

    async def queue(self, cause: str = "c", *, alert_id: str = POOL_ALERT) -> str:
        """Queues a finding and returns its notice's id."""
        save = told_party(
            "finding", party_id="pool", alert_id=alert_id, subject="监测提示",
            body=f"请看 {LINK}\n", short=f"请看{LINK}", cause=cause, at_ms=self.now_ms,
        )  # fmt: skip
        async with self.database.transaction() as tx:
            await put(tx, save)
        return str(save.params["notice_id"])

    def deliverer(self) -> Deliverer:
        """As the worker makes it from the settings."""
        return Deliverer(self.database, channels_of(self.settings), self.links)

    async def link(self, cause: str = "link", *, alert_id: str = POOL_ALERT) -> str:
        """Tells the party of an alert and returns its link's secret."""
        notice_id = await self.queue(cause, alert_id=alert_id)
        assert await self.deliverer().deliver_due(self.now_ms) == 1
        return self.links.token(notice_id)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Everything but notices."""
    url = fresh_database(database_url, "notices")
    settings = Settings(database_url=url, data_dir=tmp_path, notice_secret=SECRET, web_rates=100.0)
    authority(url, FolderVault(settings.objects))
    async with Database(url, max_size=6) as database:
        made = House(url=url, database=database, settings=settings)
        made.sql("DELETE FROM notices")
        yield made
    drop_database(url)


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is nobody's yet; the site's clock is the house's."""
    app = create_app(house.settings, house.database, clock=lambda: house.now_ms)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        yield client
    await app.state.site.copies.close()


@dataclass
class Gateway:
    """A real HTTP server in place of somebody's platform: it answers as it is told, or slowly."""

    port: int = 0
    status: int = 200
    answer: bytes = b'{"id": "prov-1"}'
    slow_s: float = 0.0
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/send"

    def bodies(self) -> list[dict[str, object]]:
        """What it was sent, as JSON."""
        return [json.loads(body) for _, _, body in self.calls]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """Running."""
    made = Gateway()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Keeps the call and answers."""
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.calls.append((self.path, headers, body))
            time.sleep(made.slow_s)
            self.send_response(made.status)
            self.send_header("content-length", str(len(made.answer)))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # nobody waited
                self.end_headers()
                self.wfile.write(made.answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)
