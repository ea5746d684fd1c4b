"""Owns what the web site's route ``POST /v1/callbacks/cases`` does with a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import msgspec

from pipelines import codec, topics
from pipelines.cases.signing import doubt
from pipelines.errors import BadMessage
from pipelines.store import Database

MAX_BODY_BYTES = 64 * 1024


class DecisionData(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided of a case."""

    case_id: str
    decision: Literal["filed", "no_case", "annulled"]
    reason: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a call back; ``id`` is the webhook id."""

    type: Literal["case.decided"]
    id: str
    timestamp: dt.datetime
    data: DecisionData


def read(body: bytes) -> Decision:
    """Parses a decision.

    Raises:
        BadMessage: not this shape, or a timestamp without a time zone.
    """
    try:
        decision = msgspec.json.decode(body, type=Decision)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadMessage("bad_callback", str(error)) from error
    if decision.timestamp.tzinfo is None:
        raise BadMessage("bad_callback", "timestamp has no time zone")
    return decision


def accept(
    headers: Mapping[str, str], body: bytes, secret: str, now_ms: int
) -> codec.AnswerMessage:
    """Verifies and reads a call back. Pure; ``party_id`` is left empty, the body has none.

    Raises:
        BadMessage: ``bad_signature`` (answer 401) or ``bad_callback`` (answer 422).
    """
    if len(body) > MAX_BODY_BYTES:
        raise BadMessage("bad_callback", f"larger than {MAX_BODY_BYTES} bytes")
    why = doubt(secret, headers, body, now_ms=now_ms)
    if why:
        raise BadMessage("bad_signature", why)
    decision = read(body)
    message_id = next(value for name, value in headers.items() if name.lower() == "webhook-id")
    if decision.id != message_id:
        raise BadMessage("bad_callback", "id and webhook-id differ")
    return codec.AnswerMessage(
        answer_id=decision.id,
        case_id=decision.data.case_id,
        party_id="",
        kind=decision.type,
        at_ms=int(decision.timestamp.timestamp() * 1000),
        body=body,
    )


async def receive(
    database: Database, headers: Mapping[str, str], body: bytes, *, secret: str, now_ms: int
) -> codec.AnswerMessage:
    """Accepts a call back and puts it on the topic ``answers`` through the outbox.

    Raises:
        BadMessage: as ``accept``; ``unknown_case`` (answer 404) when no such case was sent.
        Transient: the database cannot be reached (answer 503; the sender tries again).
    """
    answer = accept(headers, body, secret, now_ms)
    async with database.transaction() as tx:
        case = await tx.row("cases_party", case_id=answer.case_id)
        if case is None:
            raise BadMessage("unknown_case", f"no case {answer.case_id}")
        answer = msgspec.structs.replace(answer, party_id=case["party_id"])
        await tx.execute(
            "runtime_emit",
            topic=topics.ANSWERS,
            key=answer.party_id.encode(),
            value=codec.encode(answer),
        )
    return answer
