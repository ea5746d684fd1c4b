"""The demo, in order: set up, register, play and film, let an officer work, verify, report."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console
from rich.markup import escape

from infra.footage import demo_video
from infra.stack import Stack
from pipelines import topics
from pipelines.demo import day, footage
from pipelines.demo.authority import DAY_MS, DEVICES, OFFICER, gateway_key, register
from pipelines.demo.crew import Crew, Filmed, Ports
from pipelines.demo.footage import ENTRANCE, LIVE, demo_cameras, given_cameras
from pipelines.demo.live import LiveCamera
from pipelines.demo.officer import triage
from pipelines.demo.outcome import Outcome, Planted, gather, judge, show
from pipelines.demo.quiet import until_quiet
from pipelines.demo.roads import Roads
from pipelines.demo.stay import stay
from pipelines.demo.steps import Steps
from pipelines.evidence.keys import Keys
from pipelines.evidence.verify import verify
from pipelines.exports.credit import export_credit
from pipelines.footage.still import still
from pipelines.gateways.csv_readings import read_csv
from pipelines.gateways.outgoing import Outgoing
from pipelines.gateways.play import play
from pipelines.registry.views import sign_view
from pipelines.registry.write import write_register
from pipelines.runtime import apply_effects
from pipelines.scoring.credit import opening_rows
from pipelines.settings import DEMO_ENV, Settings
from pipelines.store import Database
from pipelines.store.migrate import migrate
from pipelines.vault.opening import open_vault

CheckBoards = Callable[[Database, int, int], Awaitable[Sequence[object]]]

OURS = frozenset({"data", "exports", "logs", "mosquitto", "rtsp", "stack", DEMO_ENV.name})
"""What a run leaves in its folder, and the next one deletes."""
WITHOUT_LIVE = "No RTSP server, so no live camera 没有 RTSP 服务器，不演示实时摄像头"
WITHOUT_MQTT = "No MQTT broker, so the hotel sends by HTTP 没有 MQTT 服务器，宾馆改用 HTTP"
FILM_AT_MS = 15 * 3600 * 1000
DECISION_S = 30


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says."""

    once: bool = False
    report: Path | None = None
    readings: Path | None = None
    video: str | None = None
    pace: float = 2.0
    workdir: Path = Path("build/demo")
    web_port: int = 0


def strangers(workdir: Path) -> list[str]:
    """Names in a demo's folder that are not a demo's: it would delete them."""
    return sorted({path.name for path in workdir.glob("*")} - OURS)


def yesterday_ms() -> int:
    """Midnight in Shanghai a day ago: the demo's day lies wholly in the past."""
    zone = ZoneInfo("Asia/Shanghai")
    today = dt.datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((today - dt.timedelta(days=1)).timestamp() * 1000)


def run_demo(options: DemoOptions, console: Console, *, check_boards: CheckBoards) -> int:
    """Runs it all and returns the exit status.

    Args:
        check_boards: runs every panel's SQL over a span and returns a result each.
    """
    started = time.monotonic()
    day_ms = yesterday_ms()
    messages = _messages(options, day_ms)
    data = options.workdir / "data"
    shutil.rmtree(options.workdir, ignore_errors=True)
    data.mkdir(parents=True)
    ports = Ports() if not options.web_port else Ports(web=options.web_port)
    cache = options.workdir.parent / "mosquitto"
    with Steps(console) as steps:
        steps.begin("footage and stack 准备录像与运行环境")
        with (
            Roads(options.workdir / "mosquitto", cache=cache, tell=steps.tell) as roads,
            LiveCamera(
                LIVE,
                options.workdir / "rtsp",
                cache=options.workdir.parent / "rtsp",
                tell=steps.tell,
            ) as live,
            ThreadPoolExecutor(2) as pool,
        ):
            opening = pool.submit(roads.open)
            filming = pool.submit(_cameras, options, day_ms, steps.tell)
            stack = Stack(options.workdir / "stack", tell=steps.tell)
            with stack:
                cameras = filming.result()
                if not options.video:
                    live.open(Path(cameras[0].url))
                opening.result()
                if live.without and not options.video:
                    console.print(f"[yellow]{WITHOUT_LIVE}: {escape(live.without)}[/]")
                if roads.without_mqtt:
                    console.print(f"[yellow]{WITHOUT_MQTT}: {escape(roads.without_mqtt)}[/]")
                settings = _settings(stack, ports, data, roads.mqtt_url)
                stack.broker.create_topics(topics.PARTITIONS)
                steps.begin("migrations 建表")
                migrate(settings.database_url, tell=steps.tell)
                with Crew(settings, ports, options.workdir / "logs") as crew:
                    job = _Job(
                        options,
                        settings,
                        ports=ports,
                        roads=roads,
                        live=live,
                        crew=crew,
                        steps=steps,
                        day_ms=day_ms,
                        messages=messages,
                        started=started,
                        check_boards=check_boards,
                    )
                    outcome = asyncio.run(job.run(cameras))
                    steps.finish()
                    show(outcome, console)
                    _report(options, outcome)
                    if not options.once:
                        stay(console, crew, settings)
    return 1 if outcome.failures else 0


class _Job:
    """The main job over a running stack."""

    def __init__(
        self,
        options: DemoOptions,
        settings: Settings,
        *,
        ports: Ports,
        roads: Roads,
        live: LiveCamera,
        crew: Crew,
        steps: Steps,
        day_ms: int,
        messages: list[Outgoing],
        started: float,
        check_boards: CheckBoards,
    ) -> None:
        self._options = options
        self._settings = settings
        self._ports = ports
        self._roads = roads
        self._live = live
        self._crew = crew
        self._steps = steps
        self._day_ms = day_ms
        self._messages = messages
        self._started = started
        self._check_boards = check_boards
        self._failures: list[str] = []

    async def run(self, cameras: list[Filmed]) -> Outcome:
        steps, settings = self._steps, self._settings
        async with Database(settings.database_url, max_size=2) as database:
            steps.begin("authority registered 登记监管对象")
            written = register(self._day_ms)
            await write_register(database, written)
            async with database.transaction() as tx:
                parties = [party.party_id for party in written.parties]
                opened = opening_rows(parties, self._day_ms - 2 * DAY_MS)
                await apply_effects(tx, opened, now_ms=self._day_ms)
            if not self._options.video:
                await self._sign_view(database, cameras)
            steps.begin("processes 启动各进程")
            await asyncio.to_thread(self._crew.start, steps.tell)
            planted = await self._feed(cameras)
            steps.begin("judging, sealing, notifying 研判、固证、告知")
            await self._quiet(database)
            if self._options.once:
                steps.begin("the officer 执法人员处置")
                await triage(settings.public_url, tell=steps.tell)
                await self._answers(database)
            return await self._finish(database, planted)

    async def _sign_view(self, database: Database, cameras: list[Filmed]) -> None:
        """What the entrance's camera is to see, as an officer orders it."""
        film = next(camera for camera in cameras if camera.camera_id == ENTRANCE)
        picture = await asyncio.to_thread(still, Path(film.url), 1.0)
        await sign_view(
            database, Keys(self._settings.keys), ENTRANCE, picture, officer_id=OFFICER[0],
            from_ms=self._day_ms, now_ms=self._day_ms,
        )  # fmt: skip

    async def _feed(self, cameras: list[Filmed]) -> Planted | None:
        steps, options = self._steps, self._options
        kind = "given readings" if self._options.readings else "synthetic readings"
        steps.begin(f"{kind} and footage 数据与录像接入")
        nodes = self._crew.film(cameras, pace=options.pace)
        self._live.film(self._crew)
        cutting = asyncio.create_task(self._live.cut_once())
        messages = self._messages
        last_ms = messages[-1].at_ms if messages else self._day_ms + DAY_MS
        until_ms = max(self._day_ms + DAY_MS, last_ms) if not options.readings else last_ms
        async with self._roads.lead(self._ports, station=options.readings is None) as via:
            await play(
                messages, url=self._ports.gateway_url, key_of=gateway_key, until_ms=until_ms,
                progress=steps.progress, via=via,
            )  # fmt: skip
        while any(node.alive for node in nodes):
            self._crew.check()
            steps.tell("readings played; cameras still filming")
            await asyncio.sleep(0.5)
        self._failures += [f"capture: {node.tail(3)}" for node in nodes if node.wait() != 0]
        steps.tell("the live camera films on after the cut")
        await cutting
        if wrong := self._live.finish():
            self._failures.append(wrong)
        if options.readings or options.video:
            return None
        planted = [m.planted for m in messages]
        return Planted(
            messages=len(messages),
            alerts=day.ALERTS | footage.ALERTS,
            garbage=planted.count("garbage"),
            duplicates=planted.count("duplicate"),
            late=planted.count("late"),
        )

    async def _quiet(self, database: Database) -> None:
        await until_quiet(self._settings, database, check=self._crew.check, tell=self._steps.tell)

    async def _answers(self, database: Database) -> None:
        """Waits until the case system has decided what was sent."""
        await self._quiet(database)
        until = time.monotonic() + DECISION_S
        while time.monotonic() < until:
            row = await database.row("demo_unanswered")
            if row is not None and row["unanswered"] == 0:
                break
            self._steps.tell("waiting for the case system's decision")
            await asyncio.sleep(0.5)
        await self._quiet(database)

    async def _finish(self, database: Database, planted: Planted | None) -> Outcome:
        steps, settings = self._steps, self._settings
        steps.begin("verifying, exporting 核验与导出")
        report = await verify(database, open_vault(settings), Keys(settings.keys))
        await export_credit(database, self._options.workdir / "exports", ("csv", "parquet"))
        panels = await self._check_boards(
            database, self._day_ms - 2 * DAY_MS, self._day_ms + DAY_MS
        )
        outcome = await gather(
            database,
            evidence_verified=report.evidence if report.ok else 0,
            seconds=time.monotonic() - self._started,
            by_gateway=self._roads.sent,
        )
        outcome.figures["board_panels_run"] = len(panels)
        outcome.failures += self._failures
        outcome.failures += [f"{p.object} {p.wrong}: {p.detail}" for p in report.problems]
        judge(outcome, planted if self._options.once else None)
        return outcome


def _messages(options: DemoOptions, day_ms: int) -> list[Outgoing]:
    """The synthetic day (made from a seed: no sensor said it), or a file of real readings."""
    if options.readings is None:
        return day.messages(day_ms)
    site_of = {device_id: site_id for device_id, _, site_id, _ in DEVICES}
    return read_csv(options.readings, site_of)


def _cameras(options: DemoOptions, day_ms: int, tell: Callable[[str], None]) -> list[Filmed]:
    cache = options.workdir.parent / "footage"
    cache.mkdir(parents=True, exist_ok=True)
    start_ms = day_ms + FILM_AT_MS
    if options.video:
        return given_cameras(options.video, cache, start_ms, tell)
    return demo_cameras(demo_video(cache, tell), cache, start_ms, tell)


def _settings(stack: Stack, ports: Ports, data: Path, mqtt_url: str) -> Settings:
    url = f"http://127.0.0.1:{ports.web}"
    return Settings(
        bootstrap=stack.bootstrap,
        log_id=stack.log_id,
        database_url=stack.database_url,
        data_dir=data.resolve(),
        web_port=ports.web,
        gateway_port=ports.gateway,
        gateway_simulated_clock=True,
        mqtt_url=mqtt_url,
        hj212_port=ports.hj212,
        case_system_url=f"http://127.0.0.1:{ports.case_system}",
        case_secret="whsec_" + secrets.token_urlsafe(32).replace("-", "A").replace("_", "B") + "=",
        public_url=url,
        footage_wait_s=10,
        model_threads=1,  # a second one costs nearly as much again and gains little
        secret_key=secrets.token_hex(32),
    )


def _report(options: DemoOptions, outcome: Outcome) -> None:
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        whole = {**outcome.figures, "failures": outcome.failures}
        options.report.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=2))
