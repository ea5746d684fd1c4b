"""The stage over ``verdicts``: a confirmed alert becomes a candidate case, or says why not.

Both verdicts move risk; only a confirmed finding that passes the gate lowers official credit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from detectors.catalogue import Catalogue
from pipelines import codec, topics
from pipelines.alerts.trail import event
from pipelines.cases.gate import hindrances
from pipelines.cases.payload import case_id_of, payload
from pipelines.cases.types import Confirmed, Dossier, Package, PinnedObject, summary
from pipelines.errors import BadMessage
from pipelines.quality.gate import sealed_points
from pipelines.quality.read import reviews_of
from pipelines.scoring import credit, risk
from pipelines.stage import Count, Effect, Emit, Message, Outcome, Refuse, Save
from pipelines.store import Database

Row = Mapping[str, Any]


class VerdictStage:
    """Turns officers' verdicts into candidate cases, risk and credit.

    Args:
        catalogue: gives the law in force when it happened.
        public_key_pem: the public half of a signing key by its id, PEM; raises KeyError.
    """

    name = "verdicts"
    topic = topics.VERDICTS

    def __init__(
        self, database: Database, catalogue: Catalogue, public_key_pem: Callable[[str], bytes]
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._public_key_pem = public_key_pem

    def load(self, stored: Mapping[str, bytes]) -> None:
        """Stateless: all there is to know lies in the database."""

    async def handle(self, state: None, messages: Sequence[Message], *, now_ms: int) -> Outcome:
        """Judges verdicts of one partition, in order. Times come from the verdicts."""
        del state, now_ms
        outcome = Outcome()
        for message in messages:
            try:
                verdict = codec.decode(message.value, codec.VerdictMessage)
                outcome.effects += await self._verdict(verdict)
            except BadMessage as error:
                outcome.effects.append(Refuse(message, error, message.value))
        return outcome

    async def _verdict(self, verdict: codec.VerdictMessage) -> list[Effect]:
        if verdict.verdict not in ("confirmed", "dismissed"):
            raise BadMessage("unknown_verdict", verdict.verdict)
        alert = await self._database.row(
            "cases_dossier", alert_id=verdict.alert_id, actor=verdict.actor
        )
        if alert is None:
            raise BadMessage("unknown_alert", f"no alert {verdict.alert_id}")
        effects: list[Effect] = [await self._risk(alert, verdict)]
        if verdict.verdict == "dismissed":
            return effects + credit.restore(
                party_id=alert["party_id"], alert_id=verdict.alert_id, at_ms=verdict.at_ms
            )
        return effects + await self._confirmed(alert, verdict)

    async def _risk(self, alert: Row, verdict: codec.VerdictMessage) -> Effect:
        before = await self._database.row(
            "scoring_risk_of_alert", alert_id=verdict.alert_id, before_ms=verdict.at_ms
        )
        contributions = before["contributions"] if before else {"alert": float(alert["risk"])}
        score = risk.after_verdict(contributions, confirmed=verdict.verdict == "confirmed")
        return Save(
            "scoring_add_risk",
            {
                "at_ms": verdict.at_ms,
                "party_id": alert["party_id"],
                "site_id": alert["site_id"],
                "alert_id": verdict.alert_id,
                "score": score.value,
                "model_version": score.model_version,
                "contributions": score.contributions,
            },
        )

    async def _confirmed(self, alert: Row, verdict: codec.VerdictMessage) -> list[Effect]:
        if await self._database.row("cases_of_alert", alert_id=verdict.alert_id):
            return []  # the message came again, or was sent again for a review
        package = await self._package(verdict.alert_id)
        reviews, untrusted = await reviews_of(
            self._database, verdict.alert_id, self._public_key_pem
        )
        dossier = Dossier(
            alert=alert,
            confirmed=_confirmed_by(alert, verdict),
            entry=self._catalogue.by_key(f"{alert['rule_id']}@{alert['rule_version']}"),
            package=package,
            quality=sealed_points(package.manifest) if package else (),
            reviews=reviews,
            untrusted=untrusted,
        )
        # a review signed after the verdict is what decides: it is from then on that the case stands
        at_ms = max([verdict.at_ms, *(review.at_ms for review in reviews)])
        found = hindrances(dossier)
        if found:
            return _withheld(verdict, summary(found), found[0].code, at_ms)
        return [*_case(dossier, at_ms), *_deducted(alert, verdict, at_ms)]

    async def _package(self, alert_id: str) -> Package | None:
        row = await self._database.row("cases_evidence", alert_id=alert_id)
        if row is None:
            return None
        objects = await self._database.rows(
            "cases_evidence_objects", evidence_id=row["evidence_id"]
        )
        return Package(
            evidence_id=row["evidence_id"],
            manifest=bytes(row["manifest"]),
            manifest_sha256=row["manifest_sha256"],
            signature=bytes(row["signature"]),
            key_id=row["key_id"],
            public_key_pem=self._pem(row["key_id"]),
            sealed_at_ms=row["sealed_at_ms"],
            objects=tuple(PinnedObject(**item) for item in objects),
        )

    def _pem(self, key_id: str) -> str:
        try:
            return self._public_key_pem(key_id).decode()
        except KeyError:
            return ""


def _confirmed_by(alert: Row, verdict: codec.VerdictMessage) -> Confirmed:
    return Confirmed(
        officer_id=verdict.actor,
        name_zh=alert["officer_zh"] or verdict.actor,
        name_en=alert["officer_en"] or verdict.actor,
        at_ms=verdict.at_ms,
        reason_code=verdict.reason_code,
    )


def _withheld(verdict: codec.VerdictMessage, why: str, code: str, at_ms: int) -> list[Effect]:
    """Said once for each set of reasons, however often the gate is asked."""
    return [
        event(
            verdict.alert_id,
            "case_withheld",
            at_ms,
            cause=f"{verdict.event_id} {why}",
            reason_code=code,
            ground=why,
        ),
        Count("cases_withheld"),
    ]


def _case(dossier: Dossier, at_ms: int) -> list[Effect]:
    alert_id = dossier.alert["alert_id"]
    case_id = case_id_of(alert_id)
    row = {
        "case_id": case_id,
        "alert_id": alert_id,
        "party_id": dossier.alert["party_id"],
        "payload": payload(dossier),
        "created_ms": at_ms,
    }
    return [
        Save("cases_add", row),
        event(alert_id, "case_made", at_ms, cause=case_id, ground=case_id),
        Emit(topics.CASES, case_id.encode(), codec.encode(codec.CaseMessage(case_id=case_id))),
    ]


def _deducted(alert: Row, verdict: codec.VerdictMessage, at_ms: int) -> list[Effect]:
    return credit.deduct(
        kind="finding",
        party_id=alert["party_id"],
        alert_id=verdict.alert_id,
        severity=alert["severity"],
        at_ms=at_ms,
    )
