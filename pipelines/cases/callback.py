"""Owns what the web site's route ``POST /v1/callbacks/cases`` does with a step of a case."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pipelines import codec, topics
from pipelines.cases.envelope import FUTURE_MS, read_status
from pipelines.cases.signing import doubt
from pipelines.errors import BadMessage
from pipelines.store import Database

MAX_BODY_BYTES = 64 * 1024


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
    told = read_status(body)
    message_id = next(value for name, value in headers.items() if name.lower() == "webhook-id")
    if told.id != message_id:
        raise BadMessage("bad_callback", "id and webhook-id differ")
    if told.at_ms > now_ms + FUTURE_MS:
        raise BadMessage("bad_callback", "time is in the future")
    return codec.AnswerMessage(
        answer_id=told.id,
        case_id=told.data.case_id,
        party_id="",
        kind=told.type,
        at_ms=told.at_ms,
        body=body,
    )


async def receive(
    database: Database, headers: Mapping[str, str], body: bytes, *, secret: str, now_ms: int
) -> codec.AnswerMessage:
    """Accepts a call back and puts it on the topic ``answers`` through the outbox.

    Raises:
        BadMessage: as ``accept``; ``unknown_case`` (answer 404) when no such case was sent;
            ``conflict`` (answer 409) when the same id told something else before.
        Transient: the database cannot be reached (answer 503; the sender tries again).
    """
    answer = accept(headers, body, secret, now_ms)
    async with database.transaction() as tx:
        case = await tx.row("cases_party", case_id=answer.case_id)
        if case is None:
            raise BadMessage("unknown_case", f"no case {answer.case_id}")
        before = await tx.row("cases_answer", answer_id=answer.answer_id)
        if before is not None and bytes(before["body"]) != body:
            raise BadMessage("conflict", f"{answer.answer_id} was another message before")
        answer = msgspec.structs.replace(answer, party_id=case["party_id"])
        if before is None:
            await tx.execute(
                "runtime_emit",
                topic=topics.ANSWERS,
                key=answer.party_id.encode(),
                value=codec.encode(answer),
            )
    return answer
