"""Owns the OpenAPI document: what FastAPI cannot see because bodies are read as exact bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from infra.case_system.wire import CaseEvent, Refusal, StatusEvent

TITLE = "Candidate cases"
VERSION = "2.0.0"
_REF = "#/components/schemas/{model}"
_DESCRIPTION = """\
What a case system offers to those who hand candidate cases over, and what it tells them.

**Sending.** Ask for each object of the evidence package (`HEAD`), upload what is not held, then
post the case: a CloudEvents 1.0 event in structured JSON. Its `id` is CASE-rREVISION; the same
text is `webhook-id` and `Idempotency-Key`. The same body again gets the same receipt, another
body under the same key is 409. A correction is the next revision and replaces all of the one
before; an older revision after a newer one is 409. Fields of later minor versions are to be let
through.

**Signatures.** All requests, both ways, carry the Standard Webhooks headers (`webhook-id`,
`webhook-timestamp`, `webhook-signature`): `v1` with a `whsec_` key, `v1a` with Ed25519 keys.
While a key is replaced, several signatures stand side by side, and one that fits is enough. Signed
is the exact body, and of a request without JSON the identifier in its path (digest or case).
A time stamp more than five minutes off is stale.

**Failing.** 408, 425, 429 and 5xx are tried again, with doubling waits and after `Retry-After`; 410
stops everything sent to this address until a person opens it again; other 4xx are final.

**Steps** come back as events of their own: see `webhooks`. They may be told late, twice or out of
order; `time` says when a step was taken, and none may have been taken before one it presupposes.
"""
OBJECT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
CASE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": {"$ref": _REF.format(model="CaseEvent")}},
        },
    }
}
_MEANING = {
    200: "Held",
    401: "Bad signature or stale timestamp",
    404: "Not held",
    409: "Another body is held under this key, or a newer revision is held",
    410: "Nothing more is taken at this address",
    413: "Too large",
    422: "Every problem found: schema, missing object, digest, manifest signature",
    503: "Not now; try again, after Retry-After when given",
}


def responses(models: dict[int, type[BaseModel]]) -> dict[int | str, dict[str, Any]]:
    """FastAPI's ``responses`` with what each status means."""
    return {
        status: {"model": model, "description": _MEANING[status]}
        for status, model in models.items()
    }


def publish(app: FastAPI) -> None:
    """Makes ``app`` answer ``/openapi.json`` with the contract."""

    def contract() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = contract  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        routes=app.routes,
    )
    _, extra = models_json_schema(
        [(CaseEvent, "validation"), (StatusEvent, "validation"), (Refusal, "validation")],
        ref_template=_REF,
    )
    document["components"]["schemas"].update(extra["$defs"])
    document["webhooks"] = {
        "case.status": {
            "post": {
                "summary": "A step of a case was taken",
                "description": "Posted to the sender until it answers 2xx; id and body stay the "
                "same. 401: signature or time stamp; 404: no such case; 409: this id told "
                "something else before; 422: not this shape.",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/cloudevents+json": {
                            "schema": {"$ref": _REF.format(model="StatusEvent")}
                        }
                    },
                },
                "responses": {"2XX": {"description": "Taken"}},
            }
        }
    }
    return document


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each direction's event, by file name."""
    made: dict[str, type[BaseModel]] = {"case": CaseEvent, "status": StatusEvent}
    return {
        f"{name}.schema.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:vigil:contract:2.0:{name}",
            **model.model_json_schema(),
        }
        for name, model in made.items()
    }


def publish_to(folder: Path) -> None:
    """Writes the OpenAPI document and the schemas."""
    from infra.case_system.app import described  # noqa: PLC0415  the app needs this module

    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"openapi.json": described(), **schemas()}.items():
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
