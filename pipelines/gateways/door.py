"""Owns what happens to an HTTP sender's bytes between the socket and the log.

It looks at key, size and media type, and into a message only for the device's name when a device's
own key is shown. Whatever an admitted sender sends is kept as it came.
"""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from pipelines.errors import Transient
from pipelines.gateways import contract
from pipelines.gateways.intake import MOST_BYTES, Busy, Intake
from pipelines.gateways.keys import KeyRing, Sender
from pipelines.gateways.outcomes import Outcome
from pipelines.readings.message import device_of, sniff
from pipelines.runtime import wall_clock_ms

BODY_S = 30.0
TYPES = {contract.JSON: "json", **dict.fromkeys(contract.MSGPACK, "msgpack")}
UNTOLD = ("", "application/octet-stream")  # then the bytes themselves tell


class Refused(Exception):
    """Any answer but 202. ``counted``: the metric knows of it already."""

    def __init__(
        self, status: int, detail: str, outcome: Outcome, *, counted: bool = False
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.outcome = outcome
        self.counted = counted


class Door:
    """What the gateway's routes share: who may come in, what time it is, the way to the log.

    Attributes:
        simulated_clock: take the time of arrival from the header ``X-Vigil-Clock`` (epoch ms), so
            that a recorded day can be played faster than it happened. Never on a live gateway.
    """

    def __init__(
        self,
        keys: KeyRing,
        intake: Intake,
        *,
        simulated_clock: bool,
        most_inside: int = 256,
        body_s: float = BODY_S,
    ) -> None:
        """``most_inside``: messages being read or waiting at once; ``body_s``: for one body."""
        self.simulated_clock = simulated_clock
        self.keys = keys
        self.intake = intake
        self._most_inside = most_inside
        self._body_s = body_s
        self._inside = 0

    def arrived_ms(self, header: str | None) -> int:
        """The time of arrival, epoch ms."""
        if not self.simulated_clock or header is None:
            return wall_clock_ms()
        if not header.isdecimal() or len(header) > len(str(2**62)):
            raise Refused(400, "X-Vigil-Clock takes epoch milliseconds", Outcome.BAD_CLOCK)
        return int(header)

    async def sender(self, gateway_key: str | None, device_key: str | None, at_ms: int) -> Sender:
        """Who shows this key; with both, the gateway's decides."""
        try:
            if gateway_key is not None:
                found = await self.keys.gateway(gateway_key)
            elif device_key is not None:
                found = await self.keys.device(device_key, at_ms)
            else:
                said = "show the site's X-Gateway-Key or the device's X-Device-Key"
                raise Refused(401, said, Outcome.NO_KEY)
        except Transient as error:
            raise Refused(503, str(error), Outcome.REGISTRY_UNAVAILABLE) from error
        if found is None:
            said = "this key is not registered, or no longer: ask the authority for a new one"
            raise Refused(401, said, Outcome.UNKNOWN_KEY)
        return found

    async def take(self, request: Request, sender: Sender, received_ms: int) -> str:
        """Reads a body and hands it to the log; returns its SHA-256 in hex once it is there."""
        if self._inside >= self._most_inside or self.intake.busy:
            raise Refused(429, "as many messages wait as may: try again later", Outcome.BUSY)
        self._inside += 1
        try:
            declared = _declared_wire(request)
            raw = await self._body(request)
            wire = declared or sniff(raw)
            _check_owner(raw, wire, sender)
            return await self._put(raw, wire, sender, received_ms)
        finally:
            self._inside -= 1

    async def _body(self, request: Request) -> bytes:
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > MOST_BYTES:
            raise _too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(self._body_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise _too_large()
        except TimeoutError as error:
            raise Refused(408, f"no end of it in {self._body_s:g} s", Outcome.TOO_SLOW) from error
        except ClientDisconnect as error:
            raise Refused(400, "the body was cut off", Outcome.CUT_OFF) from error
        return bytes(body)

    async def _put(self, raw: bytes, wire: str, sender: Sender, received_ms: int) -> str:
        try:
            return await self.intake.put(
                "http", raw, site_id=sender.site_id, received_ms=received_ms, wire=wire
            )
        except Busy as error:
            raise Refused(429, str(error), Outcome.BUSY, counted=True) from error
        except Transient as error:
            outcome = Outcome.BROKER_UNAVAILABLE
            raise Refused(503, str(error), outcome, counted=True) from error


def _declared_wire(request: Request) -> str:
    """What the headers say of the body; empty when they leave it to the bytes."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("gzip", "x-gzip", "identity", ""):
        said = f"Content-Encoding {coding[:40]}: only gzip is understood"
        raise Refused(415, said, Outcome.UNKNOWN_TYPE)
    packing = "+gzip" if coding.endswith("gzip") else ""
    if media in TYPES:
        return TYPES[media] + packing
    if media not in UNTOLD:
        said = f"Content-Type {media[:60]}: send {contract.JSON} or {contract.MSGPACK[0]}"
        raise Refused(415, said, Outcome.UNKNOWN_TYPE)
    return ""


def _check_owner(raw: bytes, wire: str, sender: Sender) -> None:
    if sender.device_id is None:
        return
    said = device_of(raw, wire)
    if said not in (None, sender.device_id):  # None: unreadable, and a dead letter will say so
        detail = f"the key is {sender.device_id}'s, the message another's"
        raise Refused(403, detail, Outcome.FOREIGN_DEVICE)


def _too_large() -> Refused:
    said = f"a message may have {MOST_BYTES} bytes: send fewer readings at once, or gzip them"
    return Refused(413, said, Outcome.TOO_LARGE)
