"""The stage over ``answers``: what the case system decided reaches the case and the credit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines import codec, topics
from pipelines.alerts.trail import event
from pipelines.cases import callback
from pipelines.errors import BadMessage
from pipelines.scoring import credit
from pipelines.stage import Effect, Message, Outcome, Refuse, Save
from pipelines.store import Database


class AnswerStage:
    """Takes decisions; the same answer twice changes nothing."""

    name = "answers"
    topic = topics.ANSWERS

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, stored: Mapping[str, bytes]) -> None:
        """Stateless."""

    async def handle(self, state: None, messages: Sequence[Message], *, now_ms: int) -> Outcome:
        """Judges answers of one partition, in order. Times come from the answers."""
        del state, now_ms
        outcome = Outcome()
        for message in messages:
            try:
                answer = codec.decode(message.value, codec.AnswerMessage)
                outcome.effects += await self._answer(answer)
            except BadMessage as error:
                outcome.effects.append(Refuse(message, error, message.value))
        return outcome

    async def _answer(self, answer: codec.AnswerMessage) -> list[Effect]:
        decision = callback.read(answer.body).data
        case = await self._database.row("cases_one", case_id=answer.case_id)
        if case is None or decision.case_id != answer.case_id:
            raise BadMessage("unknown_case", f"no case {answer.case_id}")
        # the other side's clock may be behind ours: no decision comes before its case
        at_ms = max(answer.at_ms, case["created_ms"])
        return [
            Save(
                "cases_add_answer",
                {
                    "answer_id": answer.answer_id,
                    "case_id": answer.case_id,
                    "kind": answer.kind,
                    "at_ms": answer.at_ms,
                    "body": answer.body,
                },
            ),
            Save(
                "cases_decided",
                {"case_id": answer.case_id, "decision": decision.decision, "at_ms": at_ms},
            ),
            event(
                case["alert_id"],
                "case_decided",
                at_ms,
                cause=answer.answer_id,
                reason_code=decision.decision,
                ground=decision.reason,
            ),
            *_credit(case, decision.decision, at_ms),
        ]


def _credit(case: Mapping[str, Any], decision: str, at_ms: int) -> list[Effect]:
    party_id, alert_id = case["party_id"], case["alert_id"]
    if decision == "filed":
        return credit.deduct(
            kind="filed",
            party_id=party_id,
            alert_id=alert_id,
            severity=case["severity"],
            at_ms=at_ms,
        )
    return credit.restore(party_id=party_id, alert_id=alert_id, at_ms=at_ms)
