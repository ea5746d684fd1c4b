"""The evidence stage: pins what shows an alert, then seals it, before any officer sees the alert.

Objects are on disk before the transaction begins; what refers to them commits with the offset. A
crash between leaves objects that nothing names, never a name without its object.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import structlog

from detectors.catalogue.load import Catalogue
from pipelines import codec, topics
from pipelines.errors import BadMessage, Transient
from pipelines.evidence import raw
from pipelines.evidence.clips import Pinning
from pipelines.evidence.custody import compared
from pipelines.evidence.footage import Footage, Patience, Pinned, Wanted, wait_until_covered
from pipelines.evidence.gather import Case, Gathered, Window, gather
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import Finding, SealedObject
from pipelines.evidence.seal import Seal
from pipelines.evidence.write import manifest_of, notice_of
from pipelines.stage import Count, Effect, Message, Outcome, Refuse
from pipelines.store import Database
from pipelines.vault.types import ObjectChanged, Vault

log = structlog.get_logger()


class EvidenceStage:
    """Seals alerts. All alerts of one run wait for their footage side by side.

    Args:
        model_sha256: asked for the digest of the detector's file in use, written into camera
            alerts; empty if none.
        answer_to: address at which a party answers a notice.
        waited: called once for each alert whose pinning failed for now and will be tried again.
    """

    name = "evidence"
    topic = topics.ALERTS

    def __init__(
        self,
        database: Database,
        objects: Vault,
        keys: Keys,
        footage: Footage,
        catalogue: Catalogue,
        *,
        window: Window,
        patience: Patience,
        model_sha256: Callable[[], str],
        answer_to: str,
        waited: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._objects = objects
        self._keys = keys
        self._footage = footage
        self._catalogue = catalogue
        self._window = window
        self._patience = patience
        self._model_sha256 = model_sha256
        self._answer_to = answer_to
        self._waited = waited

    def load(self, stored: Mapping[str, bytes]) -> None:
        """Keeps no state: whether an alert is sealed stands in the database."""
        del stored

    async def handle(self, state: None, messages: Sequence[Message], *, now_ms: int) -> Outcome:
        """Pins and seals each message's alert, once.

        Raises:
            Transient: a store or the database would not; nothing was sealed.
        """
        del state
        began_s = time.monotonic()
        outcome = Outcome()
        cases = await self._cases(messages, outcome)
        pinned = await asyncio.gather(*(self._pin(case) for case in cases), return_exceptions=True)
        failed = [result for result in pinned if isinstance(result, BaseException)]
        if failed:
            raise failed[0]
        now_ms += round((time.monotonic() - began_s) * 1000)  # the seal tells when it was put on
        for case, gathered in zip(cases, pinned, strict=True):
            outcome.effects += self._sealed(case, cast("Gathered", gathered), now_ms)
        return outcome

    async def _cases(self, messages: Sequence[Message], outcome: Outcome) -> list[Case]:
        cases: dict[str, Case] = {}
        for message in messages:
            try:
                alert_id = codec.decode(message.value, codec.AlertMessage).alert_id
                case = await gather(self._database, alert_id, self._window)
            except BadMessage as error:
                outcome.effects.append(Refuse(message, error, message.value))
                continue
            if case is not None:
                cases.setdefault(alert_id, case)
        return list(cases.values())

    async def _pin(self, case: Case) -> Gathered:
        try:
            objects, findings = await self._pin_readings(case)
            footage = [await self._pin_camera(wanted, case) for wanted in case.footage]
        except (OSError, ObjectChanged) as error:
            self._waited()
            log.exception("pin_waits", alert=case.alert_id)
            raise Transient(f"evidence of alert {case.alert_id}: {error}") from error
        except Transient:
            self._waited()
            raise
        for wanted, pinned in zip(case.footage, footage, strict=True):
            objects = [*objects, *pinned.objects]
            findings += await compared(self._database, wanted, pinned, told_s=self._patience.told_s)
        return Gathered(
            objects=objects,
            findings=findings,
            footage=[pinned.coverage for pinned in footage],
            around=await case.around(self._database, footage),
        )

    async def _pin_readings(self, case: Case) -> tuple[list[SealedObject], list[Finding]]:
        if case.readings is None:
            return [], []
        return await asyncio.to_thread(raw.pin, self._objects, case.alert, case.readings)

    async def _pin_camera(self, wanted: Wanted, case: Case) -> Pinned:
        pinning = Pinning(self._footage, self._objects, wanted)
        gave_up = await wait_until_covered(
            self._footage, wanted.camera_id, wanted.to_ms, self._patience, meanwhile=pinning.ahead
        )
        known = await case.known_gaps(self._database, wanted)
        return await asyncio.to_thread(pinning.pin, gave_up, known)

    def _sealed(self, case: Case, gathered: Gathered, now_ms: int) -> list[Effect]:
        manifest = manifest_of(
            case, gathered, self._catalogue, model_sha256=self._model_sha256(), sealed_at_ms=now_ms
        )
        notice = None
        if not manifest.staged:  # a rule on trial is measured, not acted on
            notice = notice_of(case, manifest, answer_to=self._answer_to)
        effects: list[Effect] = [
            cast("Effect", Seal(manifest=manifest, keys=self._keys, notice=notice))
        ]
        effects += [Count(f"evidence_{finding.kind}") for finding in manifest.findings]
        if any(coverage.gaps for coverage in manifest.footage):
            effects.append(Count("evidence_footage_gaps"))
        return effects
