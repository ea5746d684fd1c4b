"""The stage over ``answers``: what the case system says reaches the case, its clocks and credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from pipelines import codec, topics
from pipelines.alerts.trail import event
from pipelines.cases import archive, clocked
from pipelines.cases.course import Judged, Told, judge, statuses
from pipelines.cases.envelope import StatusEvent, read_status
from pipelines.cases.reading import ReadingStage
from pipelines.cases.types import Row
from pipelines.errors import BadMessage
from pipelines.runtime import apply_effects
from pipelines.scoring import credit
from pipelines.stage import Effect, Message, Refuse, Save
from pipelines.store import Transaction


class AnswerStage(ReadingStage[codec.AnswerMessage]):
    """Takes steps of cases in whatever order they come; the same answer twice changes nothing."""

    name = "answers"
    topic = topics.ANSWERS
    kind = codec.AnswerMessage

    async def take(self, said: codec.AnswerMessage, message: Message) -> Sequence[Effect]:
        """One effect: it is judged where it is stored, beside the steps of the same run."""
        told = read_status(said.body)
        if told.data.case_id != said.case_id or told.id != said.answer_id:
            raise BadMessage("bad_callback", "the message and its body name different cases")
        return cast("list[Effect]", [Answered(said=said, told=told, message=message)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A step that was told, as an effect of this room's own: it reads what was told before."""

    said: codec.AnswerMessage
    told: StatusEvent
    message: Message

    async def apply(self, tx: Transaction) -> None:
        """Stores the step and what comes of it; one that cannot be goes to the dead letters."""
        case = await tx.row("cases_lock", case_id=self.said.case_id)
        if case is None:
            await self._refuse(tx, "unknown_case", f"no case {self.said.case_id}")
            return
        before = await tx.row("cases_answer", answer_id=self.said.answer_id)
        if before is not None:
            if bytes(before["body"]) != self.said.body:
                why = f"{self.said.answer_id} was another message before"
                await self._refuse(tx, "conflict", why)
            return
        step = self._step_of(case)
        known = [Told(**row) for row in await tx.rows("cases_told", case_id=case["case_id"])]
        judged = judge(known, step)
        await apply_effects(tx, [self._kept(step, judged)], now_ms=step.at_ms)
        if judged.taken == "impossible":
            await self._refuse(tx, "impossible_status", judged.why)
            trail = self._trail(case, step, "case_status_impossible", judged.why)
            await apply_effects(tx, [trail], now_ms=step.at_ms)
        elif judged.taken != "repeated":
            effects = self._effects(case, step, known, judged)
            await apply_effects(tx, effects, now_ms=step.at_ms)
            if step.status == "closed":
                await archive.close(tx, case, at_ms=step.at_ms)

    def _step_of(self, case: Row) -> Told:
        """The other side's clock may be behind ours: no step comes before its case."""
        return Told(
            status=self.told.data.status, revision=self.told.data.revision,
            at_ms=max(self.said.at_ms, case["created_ms"]),
        )  # fmt: skip

    def _kept(self, step: Told, judged: Judged) -> Effect:
        return Save(
            "cases_add_answer",
            {
                "answer_id": self.said.answer_id,
                "case_id": self.said.case_id,
                "kind": self.said.kind,
                "at_ms": step.at_ms,
                "body": self.said.body,
                "status": step.status,
                "revision": step.revision,
                "taken": judged.taken,
                "why": judged.why,
            },
        )

    def _effects(
        self, case: Row, step: Told, known: Sequence[Told], judged: Judged
    ) -> list[Effect]:
        data = self.told.data
        effects = [
            self._trail(case, step, f"case_{step.status}", data.reason),
            *clocked.effects(case, step, known),
        ]
        if judged.taken == "current":
            row = {"case_id": case["case_id"], "status": step.status, "at_ms": step.at_ms}
            effects.append(Save("cases_status", {**row, "reason": data.reason}))
        decides = statuses()[step.status].decides
        decision = data.decision if decides == "told" else decides
        if decision:
            row = {"case_id": case["case_id"], "decision": decision, "at_ms": step.at_ms}
            effects += [Save("cases_decided", row), *_credit(case, decision, step.at_ms)]
        elif judged.taken == "current":
            effects.append(Save("cases_undecided", {"case_id": case["case_id"]}))
        return effects

    def _trail(self, case: Row, step: Told, action: str, why: str) -> Effect:
        data = self.told.data
        words = " ".join(part for part in (data.document, why) if part)
        return event(
            case["alert_id"], action, step.at_ms, cause=self.said.answer_id,
            reason_code=data.decision, ground=words,
        )  # fmt: skip

    async def _refuse(self, tx: Transaction, reason: str, why: str) -> None:
        letter = Refuse(self.message, BadMessage(reason, why), self.message.value)
        await apply_effects(tx, [letter], now_ms=self.said.at_ms)


def _credit(case: Row, decision: str, at_ms: int) -> list[Effect]:
    """Only a final decision counts (浙江省公共信用信息管理条例 art. 11); else all is given back."""
    party_id, alert_id = case["party_id"], case["alert_id"]
    if decision == "penalty":
        return credit.deduct(
            kind="filed",
            party_id=party_id,
            alert_id=alert_id,
            severity=case["severity"],
            at_ms=at_ms,
        )
    return credit.restore(party_id=party_id, alert_id=alert_id, at_ms=at_ms)
