"""Owns playing a site's messages as an HJ 212 station would send them, each until answered.

A station sends a moment at a time, numbered by its own clock: a message becomes one frame a time in
it.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from pipelines.errors import Transient
from pipelines.gateways.outgoing import Outgoing
from pipelines.hj212.codes import known_codes
from pipelines.hj212.station import Station, upload
from pipelines.readings.message import DeviceMessage, parse

ANSWER_S = 30.0  # as it never asks twice for being slow, what is counted twice was sent twice
TRIES = 8


class Hj212:
    """The road of one station: ``async with Hj212("127.0.0.1", port, mn=..., pw=...) as road``."""

    def __init__(self, host: str, port: int, *, mn: str, pw: str) -> None:
        """``mn``, ``pw``: the station's registered number and password."""
        self._station = Station(host, port, overtime_s=ANSWER_S)
        self._mn = mn
        self._pw = pw

    async def __aenter__(self) -> Hj212:
        await self._station.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._station.__aexit__(kind, error, trace)

    async def send(self, message: Outgoing) -> None:
        """Returns once the log has the message.

        Raises:
            BadMessage: it is none.
            ValueError: HJ 212 cannot say it: see ``frames_of``.
            Transient: the gateway did not answer.
        """
        for frames in frames_of(parse(message.body), mn=self._mn, pw=self._pw):
            await self._send(frames)

    async def _send(self, frames: list[bytes]) -> None:
        for attempt in range(TRIES):
            if await self._station.send(frames):
                return
            await asyncio.sleep(min(5.0, 0.2 * 2**attempt))
        raise Transient("the HJ 212 gateway does not answer")


def frames_of(message: DeviceMessage, *, mn: str, pw: str) -> list[list[bytes]]:
    """The frames of each moment of a message, in order of time.

    Raises:
        ValueError: a quantity has no code in this unit, or a time is no whole second.
    """
    codes = {(code.quantity, code.unit): code.code for code in reversed(known_codes().values())}
    moments: dict[int, dict[str, tuple[float | None, str]]] = {}
    for block in message.series:
        code = codes.get((block.quantity, block.unit))
        if code is None or any(t % 1000 for t in block.t):
            raise ValueError(f"HJ 212 cannot say {block.quantity} in {block.unit!r} at {block.t}")
        for t, v in zip(block.t, block.v, strict=True):
            moments.setdefault(t, {})[code] = (v, block.flag)
    return [
        upload(
            mn=mn,
            pw=pw,
            at_ms=t,
            values={code: v for code, (v, _) in row.items()},
            flags={code: flag for code, (_, flag) in row.items()},
        )
        for t, row in sorted(moments.items())
    ]
