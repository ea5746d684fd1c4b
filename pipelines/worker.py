"""Owns the making of a worker: registry and rules loaded, stages built, Faust started."""

from __future__ import annotations

import asyncio
import contextlib
import time
from functools import partial

import structlog
from prometheus_client import start_http_server

from detectors.catalogue import Catalogue
from pipelines import metrics, topics
from pipelines.alerts.letting_go import letting_go
from pipelines.alerts.outside import Stored
from pipelines.alerts.stage import AlertsStage
from pipelines.app import AnyStage, Background, build_app, run_worker
from pipelines.cases.deliver import LANES, Deliverer
from pipelines.cases.stage import AnswerStage, VerdictStage
from pipelines.clocks.watch import watching as clocks_watching
from pipelines.clues.sending import sending
from pipelines.errors import Transient
from pipelines.evidence.build import evidence_stage
from pipelines.evidence.keys import Keys
from pipelines.evidence.stage import EvidenceStage
from pipelines.frames.sight import Sight
from pipelines.frames.stage import FramesStage
from pipelines.keeping.watch import watching
from pipelines.log import LogWriter
from pipelines.notices.deliver import Deliverer as NoticeDeliverer
from pipelines.notices.open_channels import channels_of
from pipelines.parties.links import links_of
from pipelines.readings.rejudge import rejudge_due
from pipelines.readings.stage import ReadingsStage
from pipelines.registry.live import LiveRegistry
from pipelines.registry.snapshot import Registry, load_registry
from pipelines.registry.views import ReferenceViews
from pipelines.relay import relay
from pipelines.rulebook import rulebook
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency.place import place_of
from pipelines.transparency.sequencer import sequencing
from pipelines.transparency.stamps import stamping
from pipelines.vault.opening import open_vault

log = structlog.get_logger()
NOTICE_POLL_S = 1.0
REJUDGE_POLL_S = 5.0

STAGES = (
    ReadingsStage,
    FramesStage,
    AlertsStage,
    EvidenceStage,
    VerdictStage,
    AnswerStage,
)
"""Every stage, in the order in which a finding passes them."""

AT_ONCE = {ReadingsStage.name: 256, VerdictStage.name: 1}
FRAMES_AT_ONCE = 4
"""Readings gain by large runs. Frames do not: the network takes long for each, a finding would wait
for the whole run, and pictures are looked at ahead of the run they are judged in. But no fewer than
the network takes at once."""


def run(settings: Settings) -> None:
    """Runs a worker until it is told to stop."""
    if settings.metrics_port:
        start_http_server(settings.metrics_port)
    registry = asyncio.run(_registry(settings))
    catalogue = rulebook(settings)
    sight = Sight(settings)
    database = Database(settings.database_url)
    committed = asyncio.Event()
    app = build_app(
        bootstrap=settings.bootstrap,
        log_id=settings.log_id,
        database=database,
        stages=build_stages(settings, registry, catalogue, database, sight),
        partitions=topics.PARTITIONS,
        committed=committed,
        refusals_in_a_row=settings.refusals_in_a_row,
        at_once=AT_ONCE | {FramesStage.name: max(FRAMES_AT_ONCE, sight.model.current.batch)},
        background=_background(settings, registry, catalogue, database, sight, committed=committed),
    )
    log.info("worker starts", log_id=settings.log_id, at=time.strftime("%H:%M:%S"))
    run_worker(app)


async def _registry(settings: Settings) -> LiveRegistry:
    async with Database(settings.database_url, max_size=1) as database:
        views = ReferenceViews(Keys(settings.keys))
        return LiveRegistry.of(await load_registry(database, views))


def build_stages(
    settings: Settings, registry: Registry, catalogue: Catalogue, database: Database, sight: Sight
) -> list[AnyStage]:
    """Every stage, as the live worker runs it."""
    keys = Keys(settings.keys)
    return [
        ReadingsStage(
            registry,
            catalogue,
            lateness_ms=int(settings.lateness_s * 1000),
            future_ms=int(settings.future_s * 1000),
        ),
        FramesStage(registry, catalogue, sight.eyes, sight.shadow),
        AlertsStage(registry, Stored(database)),
        evidence_stage(
            database,
            settings,
            catalogue,
            model_sha256=lambda: sight.model.current.session.card.sha256,
            waited=metrics.PIN_WAITS.inc,
        ),
        VerdictStage(database, catalogue, keys.public_pem, source=settings.public_url),
        AnswerStage(),
    ]


def _background(
    settings: Settings,
    registry: LiveRegistry,
    catalogue: Catalogue,
    database: Database,
    sight: Sight,
    *,
    committed: asyncio.Event,
) -> list[Background]:
    async def relaying() -> None:
        async with LogWriter(settings.bootstrap) as writer:
            await relay(database, writer, committed)

    async def notifying() -> None:
        deliverer = NoticeDeliverer(database, channels_of(settings), links_of(settings))
        while True:
            with contextlib.suppress(Transient):  # it is tried again soon
                await deliverer.deliver_due(wall_clock_ms())
            await asyncio.sleep(NOTICE_POLL_S)

    async def handing_over() -> None:
        async with Database(settings.database_url, max_size=LANES) as lanes:
            deliverer = Deliverer(
                lanes, objects=open_vault(settings), url=settings.case_system_url,
                secret=settings.case_secret,
            )  # fmt: skip
            await deliverer.run()

    async def registering() -> None:
        await registry.follow(database, ReferenceViews(Keys(settings.keys)))

    async def rejudging() -> None:
        while True:
            with contextlib.suppress(Transient):  # it is tried again soon
                await rejudge_due(database, registry, catalogue, wall_clock_ms())
            await asyncio.sleep(REJUDGE_POLL_S)

    async def keeping() -> None:
        await watching(database, open_vault(settings), settings)

    return [
        *sight.upkeep(settings, database),
        relaying,
        partial(sequencing, database, place_of(settings)),
        partial(stamping, database, settings),
        keeping,
        partial(letting_go, database, wall_clock_ms),
        partial(clocks_watching, database, settings),
        partial(sending, database, settings),
        notifying,
        handing_over,
        registering,
        rejudging,
    ]
