"""Owns the OpenAPI document: what FastAPI cannot see because bodies are read as exact bytes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from infra.case_system.wire import CandidateCase, Decision, Refusal

TITLE = "Candidate cases"
VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"
_DESCRIPTION = """\
What a case system offers to those who hand candidate cases over.

Upload every object of the evidence package, then post the case. All requests carry the Standard
Webhooks headers (`webhook-id`, `webhook-timestamp`, `webhook-signature`), made with a shared
`whsec_` secret. Signed is the exact body of a posted case, and the identifier in the path
(the digest, the case id) of the other two. A timestamp more than five minutes off is stale.

Decisions come back the same way: see `webhooks`.
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
            "application/json": {"schema": {"$ref": _REF.format(model="CandidateCase")}},
        },
    }
}
_MEANING = {
    200: "Held",
    401: "Bad signature or stale timestamp",
    404: "Not held",
    409: "Another body is held for this case and revision",
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
        [(CandidateCase, "validation"), (Decision, "validation"), (Refusal, "validation")],
        ref_template=_REF,
    )
    document["components"]["schemas"].update(extra["$defs"])
    document["webhooks"] = {
        "case.decided": {
            "post": {
                "summary": "A case was decided",
                "description": "Posted to the sender until it answers 2xx; the id stays the same.",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": _REF.format(model="Decision")}}
                    },
                },
                "responses": {"2XX": {"description": "Taken"}},
            }
        }
    }
    return document
