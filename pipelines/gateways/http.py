"""The HTTP gateway: routes, answers and its OpenAPI document. The door does the work."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse, Response

from pipelines.errors import Transient
from pipelines.gateways import contract
from pipelines.gateways.door import Door, Refused
from pipelines.gateways.outcomes import Outcome, count

RETRY_S = 2

Key = Annotated[str | None, Header(description="the site's gateway key")]
DeviceKey = Annotated[str | None, Header(description="instead: one device's own key")]
Clock = Annotated[
    str | None, Header(description="simulated time of arrival, epoch ms; ignored when live")
]


def create_gateway(door: Door) -> FastAPI:
    """The gateway's application."""
    app = FastAPI(title="Vigil readings gateway", version="1")
    app.add_exception_handler(Refused, _refuse)

    @app.post(
        "/v1/readings",
        status_code=202,
        description=contract.DESCRIPTION,
        responses=contract.responses(400, 401, 403, 408, 413, 415, 429, 503),
        openapi_extra={"requestBody": contract.request_body()},
    )
    async def readings(
        request: Request,
        x_gateway_key: Key = None,
        x_device_key: DeviceKey = None,
        x_vigil_clock: Clock = None,
    ) -> contract.Taken:
        now_ms = door.arrived_ms(x_vigil_clock)
        sender = await door.sender(x_gateway_key, x_device_key, now_ms)
        return contract.Taken(sha256=await door.take(request, sender, now_ms))

    @app.post("/v1/ticks", status_code=202, responses=contract.responses(400, 401, 403, 503))
    async def ticks(x_gateway_key: Key = None, x_vigil_clock: Clock = None) -> dict[str, int]:
        """Lets simulated time pass; a live gateway ticks by itself."""
        now_ms = door.arrived_ms(x_vigil_clock)
        await door.sender(x_gateway_key, None, now_ms)
        if not door.simulated_clock:
            said = "this gateway lives by its own clock"
            raise Refused(403, said, Outcome.LIVE_CLOCK)
        try:
            await door.intake.tick(now_ms)
        except Transient as error:
            raise Refused(503, str(error), Outcome.BROKER_UNAVAILABLE) from error
        return {"at_ms": now_ms}

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """200 when the gateway can look up keys."""
        why = await door.keys.unwell()
        return JSONResponse({"ok": not why, "why": why}, 503 if why else 200)

    _describe(app)
    return app


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101  it is registered for nothing else
    if not error.counted:
        count("http", error.outcome)
    problem = contract.Problem(
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=error.detail,
        reason=error.outcome.value,
    )
    wait = error.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    headers = {"Retry-After": str(RETRY_S)} if wait else None
    return Response(msgspec.json.encode(problem), error.status, headers, contract.PROBLEM)


def _describe(app: FastAPI) -> None:
    """Puts the shapes that FastAPI does not know into the document, and takes out its 422."""
    described = app.openapi()
    for path in described["paths"].values():
        for route in path.values():
            route["responses"].pop("422", None)  # no parameter here can be of a wrong shape
    schemas: dict[str, Any] = described.setdefault("components", {}).setdefault("schemas", {})
    schemas |= contract.components()
