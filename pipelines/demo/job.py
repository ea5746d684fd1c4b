"""The main job over a running stack, in order: register, play and film, triage, verify."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.demo import day, footage
from pipelines.demo.aftermath import third_act
from pipelines.demo.authority import DAY_MS, OFFICER, gateway_key, register
from pipelines.demo.came import Came
from pipelines.demo.crew import Crew, Filmed, Ports
from pipelines.demo.custody import second_act
from pipelines.demo.footage import ENTRANCE
from pipelines.demo.live import LiveCamera
from pipelines.demo.officer import triage
from pipelines.demo.options import DemoOptions
from pipelines.demo.outcome import Outcome, Planted, gather, judge
from pipelines.demo.province import Province
from pipelines.demo.quiet import until_quiet
from pipelines.demo.roads import Roads
from pipelines.demo.steps import Steps
from pipelines.evidence.keys import Keys
from pipelines.evidence.verify import verify
from pipelines.exports.credit import export_credit
from pipelines.footage.still import still
from pipelines.gateways.outgoing import Outgoing
from pipelines.gateways.play import play
from pipelines.registry.views import sign_view
from pipelines.registry.write import write_register
from pipelines.runtime import apply_effects
from pipelines.scoring.credit import opening_rows
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency.place import place_of
from pipelines.vault.opening import open_vault

CheckBoards = Callable[[Database, int, int], Awaitable[Sequence[object]]]
DECISION_S = 30


@dataclass(slots=True, kw_only=True)
class Job:
    """What the demo does once everything runs.

    Attributes:
        started: ``time.monotonic()`` when the demo began.
        check_boards: runs every panel's SQL over a span and returns a result each.
    """

    options: DemoOptions
    settings: Settings
    ports: Ports
    roads: Roads
    live: LiveCamera
    crew: Crew
    province: Province
    steps: Steps
    day_ms: int
    messages: list[Outgoing]
    started: float
    check_boards: CheckBoards
    _failures: list[str] = field(default_factory=list)
    _came: Came = field(default_factory=Came)

    async def run(self, cameras: list[Filmed]) -> Outcome:
        steps, settings = self.steps, self.settings
        async with Database(settings.database_url, max_size=2) as database:
            steps.begin("authority registered 登记监管对象")
            written = register(self.day_ms)
            await write_register(database, written)
            async with database.transaction() as tx:
                parties = [party.party_id for party in written.parties]
                opened = opening_rows(parties, self.day_ms - 2 * DAY_MS)
                await apply_effects(tx, opened, now_ms=self.day_ms)
            if not self.options.video:
                await self._sign_view(database, cameras)
            steps.begin("processes 启动各进程")
            await asyncio.to_thread(self.crew.start, steps.tell)
            planted = await self._feed(cameras)
            steps.begin("judging, sealing, notifying 研判、固证、告知")
            await self._quiet(database)
            if self.options.once:
                steps.begin("the officer 执法人员处置")
                await triage(settings.public_url, tell=steps.tell)
                await self._answers(database)
                steps.begin("custody 证据保管与调阅")
                custody = self.options.workdir / "custody"
                await second_act(settings, database, custody, self._came, tell=steps.tell)
                steps.begin("what follows 线索、答辩、移送与履职")
                await third_act(settings, database, self.province, self._came, tell=steps.tell)
                await self._quiet(database)
            return await self._finish(database, planted)

    async def _sign_view(self, database: Database, cameras: list[Filmed]) -> None:
        """What the entrance's camera is to see, as an officer orders it."""
        film = next(camera for camera in cameras if camera.camera_id == ENTRANCE)
        picture = await asyncio.to_thread(still, Path(film.url), 1.0)
        await sign_view(
            database, Keys(self.settings.keys), ENTRANCE, picture, officer_id=OFFICER[0],
            from_ms=self.day_ms, now_ms=self.day_ms,
        )  # fmt: skip

    async def _feed(self, cameras: list[Filmed]) -> Planted | None:
        steps, options = self.steps, self.options
        kind = "given readings" if self.options.readings else "synthetic readings"
        steps.begin(f"{kind} and footage 数据与录像接入")
        nodes = self.crew.film(cameras, pace=options.pace)
        self.live.film(self.crew)
        cutting = asyncio.create_task(self.live.cut_once())
        messages = self.messages
        last_ms = messages[-1].at_ms if messages else self.day_ms + DAY_MS
        until_ms = max(self.day_ms + DAY_MS, last_ms) if not options.readings else last_ms
        async with self.roads.lead(self.ports, station=options.readings is None) as via:
            await play(
                messages, url=self.ports.gateway_url, key_of=gateway_key, until_ms=until_ms,
                progress=steps.progress, via=via,
            )  # fmt: skip
        while any(node.alive for node in nodes):
            self.crew.check()
            steps.tell("readings played; cameras still filming")
            await asyncio.sleep(0.5)
        self._failures += [f"capture: {node.tail(3)}" for node in nodes if node.wait() != 0]
        steps.tell("the live camera films on after the cut")
        await cutting
        if wrong := self.live.finish():
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
        await until_quiet(self.settings, database, check=self.crew.check, tell=self.steps.tell)

    async def _answers(self, database: Database) -> None:
        """Waits until the case system has decided what was sent."""
        await self._quiet(database)
        until = time.monotonic() + DECISION_S
        while time.monotonic() < until:
            row = await database.row("demo_unanswered")
            if row is not None and row["unanswered"] == 0:
                break
            self.steps.tell("waiting for the case system's decision")
            await asyncio.sleep(0.5)
        await self._quiet(database)

    async def _finish(self, database: Database, planted: Planted | None) -> Outcome:
        steps, settings = self.steps, self.settings
        steps.begin("verifying, exporting 核验与导出")
        report = await verify(
            database, open_vault(settings), Keys(settings.keys), place=place_of(settings)
        )
        await export_credit(database, self.options.workdir / "exports", ("csv", "parquet"))
        panels = await self.check_boards(database, self.day_ms - 2 * DAY_MS, self.day_ms + DAY_MS)
        outcome = await gather(
            database,
            evidence_verified=report.evidence if report.ok else 0,
            seconds=time.monotonic() - self.started,
            by_gateway=self.roads.sent,
        )
        outcome.figures["board_panels_run"] = len(panels)
        outcome.figures |= self._came.figures
        outcome.failures += self._failures + self._came.failures
        outcome.failures += [f"{p.object} {p.wrong}: {p.detail}" for p in report.problems]
        judge(outcome, planted if self.options.once else None)
        return outcome
