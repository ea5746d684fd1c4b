"""The HTTP gateway for readings: hashes what arrives, answers only once the broker has it.

It looks at the key and the size, never into the message: whatever an admitted gateway sends is
kept as it came, and the readings stage says what is wrong with it.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse

from pipelines import codec, metrics, topics
from pipelines.errors import Transient
from pipelines.log import LogWriter
from pipelines.registry.write import key_digest
from pipelines.runtime import wall_clock_ms
from pipelines.store import Database

MOST_BYTES = 900_000  # with its envelope within Kafka's default of a megabyte a record


class Door:
    """What the gateway's routes share: who may come in, what time it is, the way to the log.

    Attributes:
        simulated_clock: take the time of arrival from the header ``X-Vigil-Clock`` (epoch ms), so
            that a recorded day can be played faster than it happened. Never on a live gateway.
    """

    def __init__(self, database: Database, writer: LogWriter, *, simulated_clock: bool) -> None:
        self.simulated_clock = simulated_clock
        self._database = database
        self._writer = writer
        self._admitted: dict[str, str] = {}

    async def gateway_of(self, key: str) -> str:
        """The site whose gateway has this key; 401 when none has."""
        digest = key_digest(key)
        if digest not in self._admitted:
            try:
                row = await self._database.row("registry_gateway", key_sha256=digest)
            except Transient as error:
                raise HTTPException(503, str(error), headers={"Retry-After": "2"}) from error
            if row is None:
                metrics.GATEWAY.labels("http", "unknown_key").inc()
                raise HTTPException(401, "unknown gateway key: register the site's gateway first")
            self._admitted[digest] = row["site_id"]
        return self._admitted[digest]

    async def unwell(self) -> str:
        """Why keys cannot be looked up; empty when they can."""
        try:
            await self._database.row("registry_gateway", key_sha256="")
        except Transient as error:
            return str(error)
        return ""

    def arrived_ms(self, header: int | None) -> int:
        """The time of arrival."""
        return header if self.simulated_clock and header is not None else wall_clock_ms()

    async def put(self, gateway: str, raw: bytes, received_ms: int) -> str:
        """Hands a message to the log and returns its digest; 503 when the broker is away."""
        digest = hashlib.sha256(raw).hexdigest()
        envelope = codec.Envelope(
            kind="batch",
            gateway=gateway,
            received_ms=received_ms,
            raw=raw,
            sha256=digest,
            logged_ms=wall_clock_ms(),
        )
        try:
            await self._writer.send(topics.READINGS, gateway.encode(), codec.encode(envelope))
        except Transient as error:
            metrics.GATEWAY.labels("http", "broker_unavailable").inc()
            raise HTTPException(503, str(error), headers={"Retry-After": "2"}) from error
        metrics.GATEWAY.labels("http", "accepted").inc()
        return digest

    async def tick(self, received_ms: int) -> None:
        """Tells every partition what time it is, so that silence is noticed.

        Raises:
            Transient: the broker is away.
        """
        envelope = codec.Envelope(
            kind="tick", gateway="clock", received_ms=received_ms, logged_ms=wall_clock_ms()
        )
        for partition in await self._writer.partitions(topics.READINGS):
            value = codec.encode(envelope)
            await self._writer.send(topics.READINGS, b"tick", value, partition=partition)


def create_gateway(door: Door) -> FastAPI:
    """The gateway's application."""
    app = FastAPI(title="Vigil readings gateway", version="1")

    @app.post("/v1/readings", status_code=202)
    async def readings(
        request: Request,
        x_gateway_key: Annotated[str, Header()],
        x_vigil_clock: Annotated[int | None, Header()] = None,
    ) -> dict[str, str]:
        """Takes one message of a device; 202 means that the broker has it."""
        gateway = await door.gateway_of(x_gateway_key)
        raw = await _bounded(request)
        return {"sha256": await door.put(gateway, raw, door.arrived_ms(x_vigil_clock))}

    @app.post("/v1/ticks", status_code=202)
    async def ticks(
        x_gateway_key: Annotated[str, Header()],
        x_vigil_clock: Annotated[int | None, Header()] = None,
    ) -> dict[str, int]:
        """Lets simulated time pass; a live gateway ticks by itself."""
        await door.gateway_of(x_gateway_key)
        if not door.simulated_clock:
            raise HTTPException(403, "this gateway lives by its own clock")
        now_ms = door.arrived_ms(x_vigil_clock)
        try:
            await door.tick(now_ms)
        except Transient as error:
            raise HTTPException(503, str(error), headers={"Retry-After": "2"}) from error
        return {"at_ms": now_ms}

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """200 when the gateway can look up keys."""
        why = await door.unwell()
        return JSONResponse({"ok": not why, "why": why}, 503 if why else 200)

    return app


async def _bounded(request: Request) -> bytes:
    parts = bytearray()
    async for chunk in request.stream():
        parts += chunk
        if len(parts) > MOST_BYTES:
            metrics.GATEWAY.labels("http", "too_large").inc()
            raise HTTPException(413, f"a message may have {MOST_BYTES} bytes")
    return bytes(parts)
