"""Owns what the HTTP gateway's OpenAPI document says of messages and answers, beside its routes."""

from __future__ import annotations

from typing import Any

import msgspec
from pydantic import BaseModel, Field

from pipelines.readings.message import DeviceMessage

JSON = "application/json"
MSGPACK = ("application/vnd.msgpack", "application/x-msgpack", "application/msgpack")
PROBLEM = "application/problem+json"

EXAMPLE = {
    "device": "pool-1-probe",
    "seq": 17,
    "series": [
        {
            "quantity": "free_chlorine",
            "unit": "mg/L",
            "t": [1764000000000, 1764000030000],
            "v": [0.52, None],
            "flag": "N",
        }
    ],
}

DESCRIPTION = """One message of one device. `seq` counts the device's messages: the same number with
the same bytes is taken as a repetition, so **send again whenever in doubt**. `t` are epoch
milliseconds UTC, `v` numbers or null, `flag` a letter of HJ 212-2017 for the whole block
(N when left out). At most 900,000 bytes, gzipped or not, and 4,000,000 unpacked.

202 means that the log has the bytes as they came; whether they are good is judged later, and what
is not becomes a dead letter with its reason."""

_REFUSALS = {
    400: "What was sent cannot be a message of this gateway; do not send it again.",
    401: "No key, or one that is not registered.",
    403: "A device's key with another device's message.",
    408: "The body did not come in time; send it again.",
    413: "Too large; send fewer readings at once.",
    415: "Neither JSON nor MessagePack, or a content coding other than gzip.",
    429: "As much waits for the broker as may; wait as `Retry-After` says and send it again.",
    503: "Broker or register away; wait as `Retry-After` says and send it again.",
}


class Taken(BaseModel):
    """The answer once the log has a message."""

    sha256: str = Field(description="digest of the bytes as they came, hexadecimal")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is none (RFC 9457). ``reason`` is the metric's outcome."""

    title: str
    status: int
    detail: str
    reason: str
    type: str = "about:blank"


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for FastAPI."""
    schema = {"$ref": "#/components/schemas/Problem"}
    wait = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
    return {
        status: {
            "description": _REFUSALS[status],
            "content": {PROBLEM: {"schema": schema}},
            **({"headers": wait} if status in (429, 503) else {}),
        }
        for status in statuses
    }


def request_body() -> dict[str, Any]:
    """The readings route's body in both media types, with an example each."""
    packed = msgspec.msgpack.encode(EXAMPLE)
    schema = {"$ref": "#/components/schemas/DeviceMessage"}
    examples = {
        JSON: {"summary": "two readings, the second missing", "value": EXAMPLE},
        MSGPACK[0]: {
            "summary": "the same in MessagePack",
            "description": f"{len(packed)} bytes, in hexadecimal: {packed.hex()}",
            "value": EXAMPLE,
        },
    }
    return {
        "required": True,
        "description": "`Content-Encoding: gzip` may be added; the bytes are kept as sent.",
        "content": {
            media: {"schema": schema, "examples": {"a message": example}}
            for media, example in examples.items()
        },
    }


def components() -> dict[str, Any]:
    """JSON schemas of the message and of a problem, for the document's ``components.schemas``."""
    _, found = msgspec.json.schema_components(
        [DeviceMessage, Problem], ref_template="#/components/schemas/{name}"
    )
    return dict(found)
