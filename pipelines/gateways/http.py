"""The HTTP gateway for readings: hashes what arrives, answers only once the broker has it.

It looks at the key and the size, never into the message: whatever an admitted gateway sends is
kept as it came, and the readings stage says what is wrong with it.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse

from pipelines import codec, metrics, topics
from pipelines.errors import Transient
from pipelines.log import LogWriter
from pipelines.registry.write import key_digest
from pipelines.runtime import wall_clock_ms
from pipelines.store import Database

MOST_BYTES = 1 << 20


class _Device(msgspec.Struct):
    device: str


def create_gateway(
    database: Database, writer: LogWriter, *, simulated_clock: bool = False
) -> FastAPI:
    """The gateway's application.

    Args:
        simulated_clock: take the time of arrival from the header ``X-Vigil-Clock`` (epoch ms), so
            that a recorded day can be played faster than it happened. Never on a live gateway.
    """
    app = FastAPI(title="Vigil readings gateway", version="1")
    admitted: dict[str, str] = {}

    async def gateway_of(key: str) -> str:
        digest = key_digest(key)
        if digest not in admitted:
            row = await database.row("registry_gateway", key_sha256=digest)
            if row is None:
                metrics.GATEWAY.labels("http", "unknown_key").inc()
                raise HTTPException(401, "unknown gateway key: register the site's gateway first")
            admitted[digest] = row["site_id"]
        return admitted[digest]

    def arrived_ms(header: int | None) -> int:
        return header if simulated_clock and header is not None else wall_clock_ms()

    async def put(envelope: codec.Envelope, key: bytes, partition: int | None = None) -> None:
        try:
            await writer.send(topics.READINGS, key, codec.encode(envelope), partition=partition)
        except Transient as error:
            metrics.GATEWAY.labels("http", "broker_unavailable").inc()
            raise HTTPException(503, str(error), headers={"Retry-After": "2"}) from error

    @app.post("/v1/readings", status_code=202)
    async def readings(
        request: Request,
        x_gateway_key: Annotated[str, Header()],
        x_vigil_clock: Annotated[int | None, Header()] = None,
    ) -> dict[str, str]:
        """Takes one message of a device; 202 means that the broker has it."""
        gateway = await gateway_of(x_gateway_key)
        raw = await _bounded(request)
        digest = hashlib.sha256(raw).hexdigest()
        envelope = codec.Envelope(
            kind="batch", gateway=gateway, received_ms=arrived_ms(x_vigil_clock), raw=raw,
            sha256=digest, logged_ms=wall_clock_ms(),
        )  # fmt: skip
        await put(envelope, _routing_key(raw, gateway))
        metrics.GATEWAY.labels("http", "accepted").inc()
        return {"sha256": digest}

    @app.post("/v1/ticks", status_code=202)
    async def ticks(
        x_gateway_key: Annotated[str, Header()],
        x_vigil_clock: Annotated[int | None, Header()] = None,
    ) -> dict[str, int]:
        """Tells every partition what time it is, so that silence is noticed."""
        gateway = await gateway_of(x_gateway_key)
        now_ms = arrived_ms(x_vigil_clock)
        envelope = codec.Envelope(
            kind="tick", gateway=gateway, received_ms=now_ms, logged_ms=wall_clock_ms()
        )
        for partition in await writer.partitions(topics.READINGS):
            await put(envelope, b"tick", partition)
        return {"at_ms": now_ms}

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """200 when the gateway can look up keys."""
        try:
            await database.row("relay_count")
        except Transient as error:
            return JSONResponse({"ok": False, "why": str(error)}, 503)
        return JSONResponse({"ok": True})

    return app


async def _bounded(request: Request) -> bytes:
    parts = bytearray()
    async for chunk in request.stream():
        parts += chunk
        if len(parts) > MOST_BYTES:
            metrics.GATEWAY.labels("http", "too_large").inc()
            raise HTTPException(413, f"a message may have {MOST_BYTES} bytes")
    return bytes(parts)


def _routing_key(raw: bytes, gateway: str) -> bytes:
    """The device id where it can be read, so that a device stays in one partition."""
    try:
        return msgspec.json.decode(raw, type=_Device).device.encode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return gateway.encode()
