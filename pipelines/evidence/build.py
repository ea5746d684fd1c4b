"""Owns putting the stage together from settings, so that every program builds the same one."""

from __future__ import annotations

from collections.abc import Callable

from detectors.catalogue.load import Catalogue
from pipelines.evidence.footage import Patience, RecordedFootage
from pipelines.evidence.gather import Window
from pipelines.evidence.keys import Keys
from pipelines.evidence.stage import EvidenceStage
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.opening import open_vault

_LONGEST_WAITS = 10  # a recording that grows, but crawls behind, is waited for this many times


def evidence_stage(
    database: Database,
    settings: Settings,
    catalogue: Catalogue,
    *,
    model_sha256: Callable[[], str] = str,
    waited: Callable[[], None] = lambda: None,
) -> EvidenceStage:
    """The evidence stage as the settings ask for."""
    return EvidenceStage(
        database,
        open_vault(settings),
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
