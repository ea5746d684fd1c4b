"""The stage over ``verdicts``: a confirmed alert becomes a candidate case, or says why not.

Every verdict moves risk; only a confirmed finding that passes the gate lowers official credit.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from detectors.catalogue import Catalogue
from pipelines import codec, topics
from pipelines.alerts.trail import event
from pipelines.cases.dossier import PublicPem, completed, dossier_of
from pipelines.cases.envelope import handed_over, sending_id
from pipelines.cases.gate import hindrances
from pipelines.cases.payload import case_id_of, digest_of, facts_of, revised
from pipelines.cases.reading import ReadingStage
from pipelines.cases.types import Confirmed, Dossier, Row, summary
from pipelines.clocks.keep import started
from pipelines.errors import BadMessage
from pipelines.scoring import credit, risk
from pipelines.stage import Count, Effect, Message, Save
from pipelines.store import Database

CORRECTED = "corrected"
"""Not an officer's verdict: the facts of a case changed, it is to be drawn up anew."""
_KNOWN = ("confirmed", "dismissed", "reopened", CORRECTED)


class VerdictStage(ReadingStage[codec.VerdictMessage]):
    """Turns officers' verdicts into candidate cases, risk and credit.

    Args:
        catalogue: gives the law in force when it happened.
        public_pem: the public half of a signing key by its id, PEM; raises KeyError.
        source: who hands over, as CloudEvents names it.
    """

    name = "verdicts"
    topic = topics.VERDICTS
    kind = codec.VerdictMessage

    def __init__(
        self, database: Database, catalogue: Catalogue, public_pem: PublicPem, *,
        source: str = "/vigil",
    ) -> None:  # fmt: skip
        self._database, self._catalogue, self._public_pem = database, catalogue, public_pem
        self._source = source

    async def take(self, said: codec.VerdictMessage, message: Message) -> Sequence[Effect]:
        """Risk, credit, and the case or why there is none."""
        del message
        if said.verdict not in _KNOWN:
            raise BadMessage("unknown_verdict", said.verdict)
        alert = await self._database.row("cases_dossier", alert_id=said.alert_id)
        if alert is None:
            raise BadMessage("unknown_alert", f"no alert {said.alert_id}")
        if said.verdict == CORRECTED:
            return await self._corrected(said)
        effects: list[Effect] = [await self._risk(alert, said)]
        if said.verdict == "confirmed":
            return effects + await self._confirmed(alert, said)
        effects += credit.restore(
            party_id=alert["party_id"], alert_id=said.alert_id, at_ms=said.at_ms
        )
        if said.verdict == "reopened":
            effects += await self._stands(said)
        return effects

    async def _risk(self, alert: Row, said: codec.VerdictMessage) -> Effect:
        before = await self._database.row(
            "scoring_risk_of_alert", alert_id=said.alert_id, before_ms=said.at_ms
        )
        contributions = before["contributions"] if before else {"alert": float(alert["risk"])}
        if said.verdict == "reopened":
            score = risk.undecided(contributions)
        else:
            score = risk.after_verdict(contributions, confirmed=said.verdict == "confirmed")
        return Save(
            "scoring_add_risk",
            {
                "at_ms": said.at_ms,
                "party_id": alert["party_id"],
                "site_id": alert["site_id"],
                "alert_id": said.alert_id,
                "score": score.value,
                "model_version": score.model_version,
                "contributions": score.contributions,
            },
        )

    async def _stands(self, said: codec.VerdictMessage) -> list[Effect]:
        """A case is never withdrawn unsaid: the case system decides what becomes of it."""
        case = await self._database.row("cases_of_alert", alert_id=said.alert_id)
        if case is None:
            return []
        ground = f"{case['case_id']}: {said.verdict}"
        return [event(said.alert_id, "case_stands", said.at_ms, cause=said.event_id, ground=ground)]

    async def _confirmed(self, alert: Row, said: codec.VerdictMessage) -> list[Effect]:
        if await self._database.row("cases_of_alert", alert_id=said.alert_id):
            return []  # the message came again, or was sent again for a review
        dossier = await self._dossier(said)
        # a review signed after the verdict is what decides: it is from then on that the case stands
        at_ms = max([said.at_ms, *(review.at_ms for review in dossier.reviews)])
        found = hindrances(dossier)
        if found:
            return _withheld(said, summary(found), found[0].code, at_ms)
        return [*await self._drawn(dossier, 1, "confirmed", at_ms), *_deducted(alert, said, at_ms)]

    async def _corrected(self, said: codec.VerdictMessage) -> list[Effect]:
        """The next revision, where what the case says has changed; nothing where it has not."""
        case = await self._database.row("cases_of_alert", alert_id=said.alert_id)
        confirmed = await self._database.row("cases_confirmed", alert_id=said.alert_id)
        if case is None or confirmed is None:
            raise BadMessage("no_case", f"{said.alert_id} has no case to correct")
        dossier = await self._dossier(
            msgspec.structs.replace(
                said, actor=confirmed["actor"], at_ms=confirmed["at_ms"],
                reason_code=confirmed["reason_code"],
            )
        )  # fmt: skip
        found = hindrances(dossier)
        if found:
            return _withheld(said, summary(found), found[0].code, said.at_ms)
        return await self._drawn(
            dossier, case["revision"] + 1, said.reason_code or CORRECTED, said.at_ms,
            unlike=case["facts_sha256"],
        )  # fmt: skip

    async def _dossier(self, said: codec.VerdictMessage) -> Dossier:
        officer = await self._database.row("cases_officer", officer_id=said.actor)
        confirmed = Confirmed(
            officer_id=said.actor,
            name_zh=officer["name_zh"] if officer else said.actor,
            name_en=officer["name_en"] if officer else said.actor,
            at_ms=said.at_ms,
            reason_code=said.reason_code,
        )
        dossier = await dossier_of(
            self._database, self._catalogue, self._public_pem, said.alert_id, confirmed=confirmed
        )
        if dossier is None:
            raise BadMessage("unknown_alert", f"no alert {said.alert_id}")
        return dossier

    async def _drawn(
        self, dossier: Dossier, revision: int, reason: str, at_ms: int, *, unlike: str = ""
    ) -> list[Effect]:
        """The case's rows, one more sending in its outbox, its trail and its clock."""
        dossier = await completed(self._database, self._public_pem, self._catalogue, dossier)
        alert, facts = dossier.alert, facts_of(dossier)
        digest, case_id = digest_of(facts), case_id_of(alert["alert_id"])
        if digest == unlike:
            return []
        body = handed_over(self._source, revised(facts, revision, reason), at_ms=at_ms)
        key = sending_id(case_id, revision)
        shared: dict[str, object] = {
            "case_id": case_id, "revision": revision, "created_ms": at_ms,
        }  # fmt: skip
        sending = {**shared, "sending_id": key, "reason": reason, "body": body}
        row = {**shared, "alert_id": alert["alert_id"], "party_id": alert["party_id"],
               "payload": body, "facts_sha256": digest}  # fmt: skip
        return [
            Save("cases_add", row),
            Save("cases_add_sending", sending),
            event(
                alert["alert_id"], "case_made" if revision == 1 else "case_revised", at_ms,
                cause=key, reason_code="" if revision == 1 else reason, ground=case_id,
            ),
            started(
                "hand_over", "case", case_id, at_ms=at_ms, party_id=alert["party_id"],
                site_id=alert["site_id"], alert_id=alert["alert_id"],
            ),
        ]  # fmt: skip


def _withheld(said: codec.VerdictMessage, why: str, code: str, at_ms: int) -> list[Effect]:
    """Said once for each set of reasons, however often the gate is asked."""
    return [
        event(
            said.alert_id,
            "case_withheld",
            at_ms,
            cause=f"{said.event_id} {why}",
            reason_code=code,
            ground=why,
        ),
        Count("cases_withheld"),
    ]


def _deducted(alert: Row, said: codec.VerdictMessage, at_ms: int) -> list[Effect]:
    return credit.deduct(
        kind="finding",
        party_id=alert["party_id"],
        alert_id=said.alert_id,
        severity=alert["severity"],
        at_ms=at_ms,
    )
