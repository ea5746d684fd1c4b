"""Owns putting the stage together from settings, so that every program builds the same one."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from detectors.catalogue.load import Catalogue
from pipelines.evidence.footage import Patience, RecordedFootage
from pipelines.evidence.gather import Window
from pipelines.evidence.keys import Keys
from pipelines.evidence.stage import EvidenceStage
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.opening import open_vault

log = structlog.get_logger()

_LONGEST_WAITS = 10  # a recording that grows, but crawls behind, is waited for this many times


def evidence_stage(
    database: Database,
    settings: Settings,
    catalogue: Catalogue,
    *,
    model_sha256: Callable[[], str] = str,
    waited: Callable[[], None] = lambda: None,
) -> EvidenceStage:
    """The evidence stage as the settings ask for; sweeps what a killed one left half made."""
    objects = open_vault(settings)
    if swept := objects.sweep():
        log.info("scratch_swept", folders=swept)
    return EvidenceStage(
        database,
        objects,
        Keys(settings.keys),
        RecordedFootage(settings.recordings),
        catalogue,
        window=Window(
            clip_before_ms=round(settings.clip_before_s * 1000),
            clip_after_ms=round(settings.clip_after_s * 1000),
        ),
        patience=Patience(
            still_s=settings.footage_wait_s,
            longest_s=settings.footage_wait_s * _LONGEST_WAITS,
        ),
        model_sha256=model_sha256,
        answer_to=settings.smtp_from,
        waited=waited,
    )
