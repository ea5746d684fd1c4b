"""Owns the queue's figures over HTTP against the real site: pages, filters, verdicts, news."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import psycopg

from dashboards.triage.queue_filters import EVER_MS, WAITING
from infra.stack.processes import Child, free_port
from pipelines.store import Database
from pipelines.store.migrate import migrate
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, percentile, rounded
from tests.benchmarks.queue_world import OFFICER, PASSWORD, QUICK, SEARCHED, Size, fill

NAMES = frozenset({"queue_page_p95_ms", "queue_filter_p95_ms", "verdict_ms", "queue_live_ms"})
ASKED_PAGE_MS, ASKED_VERDICT_MS, ASKED_LIVE_MS = 150.0, 100.0, 1000.0
FILTERS = (
    "state=open", "state=acknowledged", "state=reminded", "state=held", "state=confirmed",
    "state=dismissed", "state=all", "severity=critical", "site=q-site-3", "party=q-party-6",
    "rule=pool-ph", "kind=breach", "kind=device", "assignee=me", "assignee=nobody",
    "grade=nothing", "incident=incident-9", "q=" + SEARCHED, "q=place-1", "q=nothing+of+the+kind",
    "age=hour", "age=over_day", "clock=overdue", "clock=soon", "group=site", "group=incident",
    "severity=low&grade=lead&assignee=me&age=hour&q=17",
)  # fmt: skip
_DATABASE = "bench_queue"


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """The four figures, on a database of their own."""
    size = QUICK if bed.quick else Size()
    with _database(bed) as url:
        began = time.perf_counter()
        with psycopg.connect(url, autocommit=True) as connection:
            fill(connection, size, time.time_ns() // 1_000_000)
        tell(f"queue: {size.waiting:,} alerts wait, {size.events:,} events, written in "
             f"{time.perf_counter() - began:.0f} s")  # fmt: skip
        with _site(bed, url) as address:
            found = asyncio.run(_measured(address, url, size, quick=bed.quick))
    for figure in found:
        tell(f"queue: {figure.name} {figure.value} ms: {figure.note}")
    return found


async def _measured(address: str, url: str, size: Size, *, quick: bool) -> list[Figure]:
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        answer = await client.post(
            "/api/session", json={"officer_id": OFFICER, "password": PASSWORD}
        )
        answer.raise_for_status()
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return [
            await _pages(client, url, size, 40 if quick else 200),
            await _filters(client, size, 10 if quick else 25),
            await _verdicts(client, size, 60 if quick else 300),
            await _live(client, 15 if quick else 40),
        ]


async def _timed(client: httpx.AsyncClient, path: str) -> float:
    began = time.perf_counter()
    answer = await client.get(path)
    answer.raise_for_status()
    return (time.perf_counter() - began) * 1000


async def _pages(client: httpx.AsyncClient, url: str, size: Size, n: int) -> Figure:
    """The whole first page; beside it the statement that finds its rows."""
    await _timed(client, "/?state=active")
    took, bare = [], []
    async with Database(url, max_size=1) as database:
        for _ in range(n):
            took.append(await _timed(client, "/?state=active"))
            began = time.perf_counter()
            await database.rows("triage_queue", **_plain(), at=-(2**62), alert_id="", limit=51)
            bare.append((time.perf_counter() - began) * 1000)
    value = percentile(took, 95)
    return Figure(
        name="queue_page_p95_ms", value=rounded(value), unit="ms", against="asked for",
        against_value=ASKED_PAGE_MS, ratio=rounded(ASKED_PAGE_MS / value), n=n,
        note=f"first page of 50 with counts and filters among {size.waiting:,} waiting alerts of "
        f"400 sites in 3 units and {size.events:,} events; p50 {statistics.median(took):.0f} ms; "
        f"the bare statement of its rows: p50 {statistics.median(bare):.1f} ms, p95 "
        f"{percentile(bare, 95):.1f} ms",
    )  # fmt: skip


async def _filters(client: httpx.AsyncClient, size: Size, each: int) -> Figure:
    """Every filter for itself; the worst of them counts."""
    took: dict[str, list[float]] = {}
    for filters in FILTERS:
        await _timed(client, f"/queue/rows?{filters}")
        took[filters] = [await _timed(client, f"/queue/rows?{filters}") for _ in range(each)]
    by = {filters: percentile(times, 95) for filters, times in took.items()}
    worst = max(by, key=lambda filters: by[filters])
    middle = statistics.median(t for times in took.values() for t in times)
    slow = sorted(by, key=lambda filters: -by[filters])[:3]
    return Figure(
        name="queue_filter_p95_ms", value=rounded(by[worst]), unit="ms", against="asked for",
        against_value=ASKED_PAGE_MS, ratio=rounded(ASKED_PAGE_MS / by[worst]),
        n=each * len(FILTERS),
        note=f"the slowest of {len(FILTERS)} filters among {size.waiting:,} waiting and "
        f"{size.decided:,} decided alerts; slowest: "
        + ", ".join(f"{f} {by[f]:.0f} ms" for f in slow) + f"; p50 of all {middle:.0f} ms",
    )  # fmt: skip


async def _verdicts(client: httpx.AsyncClient, size: Size, n: int) -> Figure:
    """Dismissals and confirmations, one after the other, each with trail, leaf, clocks, outbox."""
    alerts = (await client.get("/api/alerts", params={"state": "open", "limit": n})).json()
    took = []
    for number, alert in enumerate(alerts):
        move = {"action": "confirm", "ground": "read"} if number % 2 else {
            "action": "dismiss", "reason_code": "other", "ground": "read"}  # fmt: skip
        began = time.perf_counter()
        answer = await client.post(f"/api/alerts/{alert['alert_id']}/moves", json=move)
        took.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
    value = percentile(took, 95)
    return Figure(
        name="verdict_ms", value=rounded(value), unit="ms", against="asked for",
        against_value=ASKED_VERDICT_MS, ratio=rounded(ASKED_VERDICT_MS / value), n=len(took),
        note=f"95th percentile of a verdict saved over HTTP: state, trail, leaf, clocks and outbox "
        f"in one transaction beside {size.events:,} events; p50 {statistics.median(took):.0f} ms",
    )  # fmt: skip


async def _live(client: httpx.AsyncClient, n: int) -> Figure:
    """From the request that moves an alert to the word of it on another open page."""
    alerts = (await client.get("/api/alerts", params={"state": "open", "limit": n})).json()
    told = asyncio.Queue[float]()

    accept = {"Accept": "text/event-stream"}

    async def hear() -> None:
        async with client.stream("GET", "/queue/live", timeout=60, headers=accept) as stream:
            async for line in stream.aiter_lines():
                if line.startswith(("retry", "event: changed")):
                    told.put_nowait(time.perf_counter())

    ear = asyncio.create_task(hear())
    await asyncio.wait_for(told.get(), 10)
    await asyncio.sleep(1)
    took = []
    for alert in alerts:
        began = time.perf_counter()
        path = f"/api/alerts/{alert['alert_id']}/moves"
        (await client.post(path, json={"action": "acknowledge"})).raise_for_status()
        took.append((await asyncio.wait_for(told.get(), 10) - began) * 1000)
        await asyncio.sleep(0.3)  # so that the next one is told for itself
    ear.cancel()
    value = percentile(took, 95)
    return Figure(
        name="queue_live_ms", value=rounded(value), unit="ms", against="asked for",
        against_value=ASKED_LIVE_MS, ratio=rounded(ASKED_LIVE_MS / value), n=len(took),
        note="from an officer's request to the event on another open page, 95th percentile; 200 ms "
        f"of it wait for further changes to tell together; p50 {statistics.median(took):.0f} ms",
    )  # fmt: skip


def _plain() -> dict[str, object]:
    asked = dict.fromkeys(("severity", "site", "party", "rules", "grade", "incident", "assignee",
                           "search", "found_sites", "found_places"), "")  # fmt: skip
    return asked | {"unit_id": "q-unit-0", "officer_id": OFFICER, "from_ms": 0, "to_ms": EVER_MS,
                    "due_before_ms": 0, "states": "\x1f".join(WAITING)}  # fmt: skip


@contextmanager
def _site(bed: Bed, url: str) -> Iterator[str]:
    port = free_port()
    own = {f"VIGIL_{k.upper()}": str(v) for k, v in bed.settings if v is not None}
    own |= {"VIGIL_DATABASE_URL": url, "VIGIL_WEB_PORT": str(port), "VIGIL_WEB_RATES": "0",
            "VIGIL_PUBLIC_URL": f"http://127.0.0.1:{port}"}  # fmt: skip
    with bed.child("site", [sys.executable, "-m", "pipelines.cli", "web"], own) as child:
        address = f"http://127.0.0.1:{port}"
        _wait(address, child)
        yield address


def _wait(address: str, child: Child) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and child.alive:
        try:
            if httpx.get(f"{address}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError(f"the site did not start:\n{child.tail(30)}")


@contextmanager
def _database(bed: Bed) -> Iterator[str]:
    bed.sql.execute(f"DROP DATABASE IF EXISTS {_DATABASE} WITH (FORCE)".encode())
    bed.sql.execute(f"CREATE DATABASE {_DATABASE}".encode())
    url = urlsplit(bed.stack.database_url)._replace(path=f"/{_DATABASE}").geturl()
    migrate(url)
    try:
        yield url
    finally:
        bed.sql.execute(f"DROP DATABASE {_DATABASE} WITH (FORCE)".encode())
