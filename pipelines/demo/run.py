"""The demo, in order: set up what it stands on, do the main job, show what came of it."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from shutil import which

import msgspec
from rich.console import Console
from rich.markup import escape

from infra.footage import demo_video
from infra.stack import Stack
from infra.tsa import Tsa
from pipelines import topics
from pipelines.demo import day
from pipelines.demo.authority import DEVICES
from pipelines.demo.crew import Crew, Filmed, Ports
from pipelines.demo.footage import LIVE, demo_cameras, given_cameras
from pipelines.demo.job import CheckBoards, Job
from pipelines.demo.live import LiveCamera
from pipelines.demo.options import DemoOptions, yesterday_ms
from pipelines.demo.outcome import Outcome, show
from pipelines.demo.province import Province
from pipelines.demo.roads import Roads
from pipelines.demo.stay import stay
from pipelines.demo.steps import Steps
from pipelines.gateways.csv_readings import read_csv
from pipelines.gateways.outgoing import Outgoing
from pipelines.settings import Settings
from pipelines.store.migrate import migrate

WITHOUT_LIVE = "No RTSP server, so no live camera 没有 RTSP 服务器，不演示实时摄像头"
WITHOUT_MQTT = "No MQTT broker, so the hotel sends by HTTP 没有 MQTT 服务器，宾馆改用 HTTP"
WITHOUT_TSA = "No openssl, so no time stamps 没有 openssl，不演示时间戳"
FILM_AT_MS = 15 * 3600 * 1000


def run_demo(options: DemoOptions, console: Console, *, check_boards: CheckBoards) -> int:
    """Runs it all and returns the exit status.

    Args:
        check_boards: runs every panel's SQL over a span and returns a result each.
    """
    started = time.monotonic()
    day_ms = yesterday_ms()
    messages = _messages(options, day_ms)
    shutil.rmtree(options.workdir, ignore_errors=True)
    (options.workdir / "data").mkdir(parents=True)
    ports = Ports() if not options.web_port else Ports(web=options.web_port)
    caches = options.workdir.parent
    with Steps(console) as steps, ExitStack() as open_things:
        steps.begin("footage and stack 准备录像与运行环境")
        tell = steps.tell
        roads = open_things.enter_context(
            Roads(options.workdir / "mosquitto", cache=caches / "mosquitto", tell=tell)
        )
        live = open_things.enter_context(
            LiveCamera(LIVE, options.workdir / "rtsp", cache=caches / "rtsp", tell=tell)
        )
        tsa = open_things.enter_context(Tsa(options.workdir / "tsa")) if which("openssl") else None
        pool = open_things.enter_context(ThreadPoolExecutor(2))
        opening = pool.submit(roads.open)
        filming = pool.submit(_cameras, options, day_ms, tell)
        stack = open_things.enter_context(Stack(options.workdir / "stack", tell=tell))
        cameras = filming.result()
        if not options.video:
            live.open(Path(cameras[0].url))
        opening.result()
        _without(console, options, live, roads, tsa)
        province = Province(options.workdir / "data")
        settings = _settings(
            stack, ports, options.workdir / "data", roads.mqtt_url, tsa
        ).model_copy(update={"clue_platforms": province.platforms.resolve()})
        stack.broker.create_topics(topics.PARTITIONS)
        steps.begin("migrations 建表")
        migrate(settings.database_url, tell=tell)
        crew = open_things.enter_context(Crew(settings, ports, options.workdir / "logs"))
        job = Job(
            options=options, settings=settings, ports=ports, roads=roads, live=live, crew=crew,
            province=province, steps=steps, day_ms=day_ms, messages=messages, started=started,
            check_boards=check_boards,
        )  # fmt: skip
        outcome = asyncio.run(job.run(cameras))
        steps.finish()
        show(outcome, console)
        _report(options, outcome)
        if not options.once:
            stay(console, crew, settings, options.workdir)
    return 1 if outcome.failures else 0


def _without(
    console: Console, options: DemoOptions, live: LiveCamera, roads: Roads, tsa: Tsa | None
) -> None:
    if live.without and not options.video:
        console.print(f"[yellow]{WITHOUT_LIVE}: {escape(live.without)}[/]")
    if roads.without_mqtt:
        console.print(f"[yellow]{WITHOUT_MQTT}: {escape(roads.without_mqtt)}[/]")
    if tsa is None:
        console.print(f"[yellow]{WITHOUT_TSA}[/]")


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


def _settings(stack: Stack, ports: Ports, data: Path, mqtt_url: str, tsa: Tsa | None) -> Settings:
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
        tsa_url=tsa.url if tsa else "",
        tsa_roots=tsa.root if tsa else None,
        tsa_every_s=30,
    )


def _report(options: DemoOptions, outcome: Outcome) -> None:
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        whole = {**outcome.figures, "failures": outcome.failures}
        options.report.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=2))
