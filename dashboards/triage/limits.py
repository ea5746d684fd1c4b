"""Owns how often a browser and an address may ask for what costs something. Counts nothing itself.

Reading is not limited but where one request makes much work; sending is. ``attempts`` counts failed
sign-ins beside this.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.triage.buckets import Bucket
from dashboards.triage.crossing import SAFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One limit.

    Attributes:
        heads: beginnings of the addresses it is for; the empty one is all of them.
        sending: only requests that change something, only the others, or both (None).
        each: whose bucket it is.
        burst: how many at once, then ``per_s`` more a second.
    """

    name: str
    heads: tuple[str, ...]
    sending: bool | None
    each: str  # session | address
    burst: int
    per_s: float


# An office shares an address, so addresses have room for fifty people.
# fmt: off
RATES: tuple[Rate, ...] = (
    Rate(name="enter", heads=("/sign-in", "/api/session"),
         sending=True, each="address", burst=120, per_s=2),
    Rate(name="leave", heads=("/sign-in/",), sending=False, each="address", burst=60, per_s=1),
    Rate(name="send", heads=("",), sending=True, each="session", burst=150, per_s=3),
    Rate(name="send", heads=("",), sending=True, each="address", burst=1500, per_s=30),
    Rate(name="film", heads=("/viewing/pieces/",),
         sending=False, each="session", burst=120, per_s=4),
    Rate(name="costly",
         heads=("/records/statistics", "/access/package", "/api/access/package", "/api/exports"),
         sending=False, each="session", burst=60, per_s=1),
    Rate(name="proof", heads=("/log/proof", "/log/consistency"),
         sending=None, each="address", burst=120, per_s=4),
    Rate(name="public", heads=("/log", "/v1/"), sending=None, each="address", burst=1500, per_s=30),
    Rate(name="party", heads=("/p/",), sending=False, each="address", burst=300, per_s=3),
    Rate(name="party", heads=("/p/",), sending=True, each="address", burst=40, per_s=0.2),
)
# fmt: on


def buckets(method: str, path: str, *, session: str, address: str, scale: float) -> list[Bucket]:
    """The buckets that a request goes into.

    Args:
        session: the browser's ticket; empty for one that has none yet.
        scale: multiplies every rate; 0 lifts them.
    """
    if scale <= 0:
        return []
    who = {"session": session, "address": network(address)}
    return [
        Bucket(
            key=f"{rate.name} {rate.each} {who[rate.each]}",
            burst=max(1, round(rate.burst * scale)),
            refill_ms=1000 / (rate.per_s * scale),
        )
        for rate in _rates(method, path)
        if who[rate.each]
    ]


def network(address: str) -> str:
    """An IPv4 address itself, of an IPv6 one the /64 that one subscriber has whole."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004  IPv4
        return address
    return str(ipaddress.ip_network((found, 64), strict=False))


def _rates(method: str, path: str) -> Iterator[Rate]:
    sending = method not in SAFE
    for rate in RATES:
        if rate.sending in (None, sending) and path.startswith(rate.heads):
            yield rate
