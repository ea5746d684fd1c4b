"""Owns what a party says to a finding and what an officer replies: appended, logged, on a clock.

One transaction each: the answer, the alert's status and trail, the leaf, the clocks. Decides
nothing: neither a confession nor a silence moves an alert.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from detectors.types import digest_id
from pipelines.clocks.keep import apply, met, started
from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.notices import words as texts
from pipelines.notices.queue import put, told_officer, told_party
from pipelines.parties.files import Kept
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind as LeafKind
from pipelines.transparency.leaf import Leaf, log

Kind = Literal["confirmed", "disputed", "rectified", "more_time"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Outcome = Literal["accepted", "partly", "refused", "noted"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
WORDS, NAME = 4000, 60
A_DAY, IN_ALL = 20, 100
_NEEDS_WORDS = ("disputed", "more_time")
_OUTCOME = {
    "accepted": ("采纳", "accepted"),
    "partly": ("部分采纳", "accepted in part"),
    "refused": ("不予采纳", "not accepted"),
    "noted": ("已收悉", "noted"),
}

Row = dict[str, Any]


class BadAnswer(Exception):
    """The form is incomplete; ``code`` is ``kind``, ``words``, ``words_long``, ``name``,
    ``outcome`` or ``too_often``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the form holds.

    Attributes:
        form: a random mark of the form: the same form with the same content sent twice is once.
    """

    kind: str
    words: str
    by_name: str
    form: str

    def checked(self, *, files: int) -> Kind:
        """Its kind, if it is complete.

        Raises:
            BadAnswer: it is not.
        """
        kind = next((k for k in KINDS if k == self.kind), None)
        if kind is None:
            raise BadAnswer("kind")
        if len(self.words) > WORDS:
            raise BadAnswer("words_long")
        if not self.by_name.strip() or len(self.by_name) > NAME:
            raise BadAnswer("name")
        if not self.words.strip() and (kind in _NEEDS_WORDS or (kind == "rectified" and not files)):
            raise BadAnswer("words")
        return kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the party gets for its answer.

    Attributes:
        number: to quote.
        digest: SHA-256 of the canonical answer with the digests of its files; it is in the log.
    """

    number: str
    digest: str
    at_ms: int
    late: bool
    repeated: bool


async def take(
    database: Database, link: Row, said: Said, files: list[Kept], *, now_ms: int
) -> Receipt:
    """Takes an answer, before or after its clock; the very same once.

    Raises:
        BadAnswer: incomplete, or more than a link may bring.
    """
    kind = said.checked(files=len(files))
    by_content = [f.sha256 for f in files]
    answer_id = digest_id("answer", link["token_sha256"], said.form, kind, said.words.strip(),
                          said.by_name.strip(), *by_content)  # fmt: skip
    async with database.transaction() as tx:
        await tx.row("party_link_locked", token_sha256=link["token_sha256"])
        held = await tx.row("party_answer", answer_id=answer_id)
        if held is not None:
            return _receipt(held, repeated=True)
        often = await tx.row(
            "party_answer_count", token_sha256=link["token_sha256"], now_ms=now_ms
        ) or {"n": 0, "today": 0}  # fmt: skip
        if often["n"] >= IN_ALL or often["today"] >= A_DAY:
            raise BadAnswer("too_often")
        due_ms = await _due_ms(tx, str(link["alert_id"]), kind)
        row = _row(link, said, files, kind=kind, answer_id=answer_id, due_ms=due_ms, now_ms=now_ms)
        await _store(tx, row, files)
        await _tell(tx, row)
    return _receipt(row, repeated=False)


async def reply(
    database: Database, answer: Row, *, officer_id: str, outcome: str, words: str, now_ms: int
) -> bool:
    """An officer's reply, told to the party; False when another had replied before.

    Raises:
        BadAnswer: ``outcome``, ``words`` or ``words_long``.
    """
    if outcome not in OUTCOMES:
        raise BadAnswer("outcome")
    if not words.strip():
        raise BadAnswer("words")
    if len(words) > WORDS:
        raise BadAnswer("words_long")
    answer_id, alert_id = str(answer["answer_id"]), str(answer["alert_id"])
    async with database.transaction() as tx:
        new = await tx.execute(
            "party_put_reply", answer_id=answer_id, officer_id=officer_id, outcome=outcome,
            words=words.strip(), at_ms=now_ms,
        )  # fmt: skip
        if not new:
            return False
        await _trail(tx, alert_id, officer_id, "replied", now_ms, cause=answer_id, ground=outcome)
        body = {"alert_id": alert_id, "answer_id": answer_id, "officer": officer_id,
                "outcome": outcome, "words": words.strip()}  # fmt: skip
        await log(tx, Leaf(kind=LeafKind.ANSWER, subject=alert_id, at_ms=now_ms, body=body))
        await apply(tx, met("objection", answer_id, at_ms=now_ms, by=officer_id))
        alert = await tx.row("notices_alert", alert_id=alert_id)
        if alert is not None:
            zh, en = _OUTCOME[outcome]
            text = texts.answered(alert, outcome_zh=zh, outcome_en=en, words=words.strip())
            told = told_party(
                "reply", party_id=str(answer["party_id"]), alert_id=alert_id,
                subject=text.subject, body=text.body, short=text.short, cause=answer_id,
                at_ms=now_ms,
            )  # fmt: skip
            await put(tx, told)
    return True


async def _due_ms(tx: Transaction, alert_id: str, kind: Kind) -> int | None:
    clocks = {c["kind"]: int(c["due_ms"]) for c in await tx.rows("party_clocks", alert_id=alert_id)}
    wanted = ("rectification", "party_answer") if kind == "rectified" else ("party_answer",)
    return next((clocks[name] for name in wanted if name in clocks), None)


def _row(
    link: Row, said: Said, files: list[Kept], *, kind: Kind, answer_id: str, due_ms: int | None,
    now_ms: int,
) -> Row:  # fmt: skip
    row = {
        "answer_id": answer_id, "alert_id": str(link["alert_id"]),
        "party_id": str(link["party_id"]), "kind": kind, "words": said.words.strip(),
        "by_name": said.by_name.strip(), "at_ms": now_ms, "due_ms": due_ms,
        "late": due_ms is not None and now_ms > due_ms,
    }  # fmt: skip
    whole = {**row, "files": [asdict(f) for f in files]}
    return {**row, "token_sha256": link["token_sha256"], "digest": sha256_hex(canonical(whole))}


async def _store(tx: Transaction, row: Row, files: list[Kept]) -> None:
    await tx.execute("party_put_answer", **row)
    rows = [{"answer_id": row["answer_id"], "number": n, **asdict(f)}
            for n, f in enumerate(files, 1)]  # fmt: skip
    if rows:
        await tx.execute_many("party_put_file", rows)
    if row["kind"] != "more_time":
        await tx.execute("party_status", alert_id=row["alert_id"], status=row["kind"])
    actor = f"party:{row['party_id']}"
    ground = "late" if row["late"] else ""
    await _trail(tx, row["alert_id"], actor, f"party_{row['kind']}", row["at_ms"],
                 cause=row["answer_id"], ground=ground)  # fmt: skip
    body = {"alert_id": row["alert_id"], "answer_id": row["answer_id"], "kind": row["kind"],
            "digest": row["digest"], "late": row["late"], "party": row["party_id"]}  # fmt: skip
    leaf = Leaf(kind=LeafKind.ANSWER, subject=row["alert_id"], at_ms=row["at_ms"], body=body)
    await log(tx, leaf)


async def _tell(tx: Transaction, row: Row) -> None:
    at_ms, alert_id = row["at_ms"], row["alert_id"]
    by = f"party:{row['party_id']}"
    if row["kind"] != "more_time":  # who asks for time has not answered yet
        await apply(tx, met("party_answer", alert_id, at_ms=at_ms, by=by))
    if row["kind"] == "rectified":
        await apply(tx, met("rectification", alert_id, at_ms=at_ms, by=by))
    if row["kind"] != "confirmed":
        clock = started("objection", "answer", row["answer_id"], at_ms=at_ms, alert_id=alert_id,
                        party_id=row["party_id"])  # fmt: skip
        await apply(tx, clock)
    alert = await tx.row("notices_assignee", alert_id=alert_id)
    if alert and alert["assignee"]:
        message = told_officer(
            alert["assignee"], subject=f"当事人已答复 / The party has answered: {row['kind']}",
            body=f"/alerts/{alert_id}\n/answers", cause=row["answer_id"], at_ms=at_ms,
        )  # fmt: skip
        await put(tx, message)


async def _trail(
    tx: Transaction, alert_id: str, actor: str, action: str, at_ms: int, *, cause: str, ground: str
) -> None:
    await tx.execute(
        "alerts_trail", event_id=digest_id("case_event", alert_id, action, cause),
        alert_id=alert_id, at_ms=at_ms, actor=actor, action=action, reason_code="", ground=ground,
    )  # fmt: skip


def _receipt(row: Row, *, repeated: bool) -> Receipt:
    return Receipt(
        number=str(row["answer_id"])[:12].upper(), digest=str(row["digest"]),
        at_ms=int(row["at_ms"]), late=bool(row["late"]), repeated=repeated,
    )  # fmt: skip
