"""Owns the CloudEvents 1.0 envelope, structured JSON, and what a case system may say in one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from pipelines.errors import BadMessage

CONTRACT = "2.0"
CONTENT_TYPE = "application/cloudevents+json"
HANDED_OVER = "vigil.case.handed-over"
STATUS = "vigil.case.status"
CASE_SCHEMA = f"urn:vigil:contract:{CONTRACT}:case"
STATUS_SCHEMA = f"urn:vigil:contract:{CONTRACT}:status"
FUTURE_MS = 300_000
"""A step may lie so far ahead of our clock; what is told of tomorrow has not happened."""

Words = Annotated[str, msgspec.Meta(max_length=4000)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
StatusCode = Literal[
    "accepted", "filed", "investigated", "reviewed", "approved", "told", "decided", "served",
    "paid", "closed", "refused", "annulled",
]  # fmt: skip


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """The closed file in the archive: its volume, and the digest of its index."""

    volume: Name
    index_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class StatusData(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a case.

    Attributes:
        revision: the revision that the step was taken on.
        reason: in words; required of ``refused`` and ``annulled``.
        actor: who took it, as the case system names them.
        document: the number of the document, such as a decision's.
        decision: of ``decided``: whether there is a penalty.
        amount_fen: of ``decided`` the fine, of ``paid`` what was paid; a hundredth of a yuan.
        archive: of ``closed``.
    """

    case_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    revision: Annotated[int, msgspec.Meta(ge=1)]
    status: StatusCode
    reason: Words = ""
    actor: Name = ""
    document: Name = ""
    decision: Literal["", "penalty", "no_penalty"] = ""
    amount_fen: Annotated[int, msgspec.Meta(ge=0)] | None = None
    archive: Archive | None = None


class StatusEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a call back; ``id`` is the webhook id, ``subject`` the case."""

    specversion: Literal["1.0"]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    type: Literal["vigil.case.status"]
    subject: str
    time: dt.datetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str = STATUS_SCHEMA
    data: StatusData

    @property
    def at_ms(self) -> int:
        """When it happened."""
        return int(self.time.timestamp() * 1000)


def read_status(body: bytes) -> StatusEvent:
    """Parses a call back.

    Raises:
        BadMessage: ``bad_callback``, with the place that is wrong.
    """
    try:
        event = msgspec.json.decode(body, type=StatusEvent)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadMessage("bad_callback", str(error)) from error
    for wrong, why in (
        (event.time.tzinfo is None, "time has no zone"),
        (event.dataschema != STATUS_SCHEMA, f"dataschema is not {STATUS_SCHEMA}"),
        (event.subject != event.data.case_id, "subject is not the case"),
        (event.data.status in ("refused", "annulled") and not event.data.reason.strip(),
         f"{event.data.status} without a reason"),
        (event.data.status == "decided" and not event.data.decision, "decided without decision"),
        (event.data.status != "decided" and bool(event.data.decision), "only decided decides"),
    ):  # fmt: skip
        if wrong:
            raise BadMessage("bad_callback", why)
    return event


def sending_id(case_id: str, revision: int) -> str:
    """The id of a sending: the event's, the webhook's and the idempotency key at once."""
    return f"{case_id}-r{revision}"


def handed_over(source: str, data: Mapping[str, Any], *, at_ms: int) -> bytes:
    """The exact body that carries a case. Deterministic: the same case, the same bytes."""
    event = {
        "specversion": "1.0",
        "id": sending_id(data["case_id"], data["revision"]),
        "source": source,
        "type": HANDED_OVER,
        "subject": data["case_id"],
        "time": instant(at_ms),
        "datacontenttype": "application/json",
        "dataschema": CASE_SCHEMA,
        "data": data,
    }
    return msgspec.json.encode(event, order="deterministic")


def instant(at_ms: int) -> str:
    """RFC 3339, UTC, to the millisecond."""
    when = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
