"""Owns which way a notice takes next: pure, from ``ways.toml``. Must not send or read rows."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

import msgspec

from pipelines.notices.words import CHINA

HOUR_MS = 3_600_000


class Way(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of the plan.

    Attributes:
        methods: how an address of the register is served that this channel reaches.
        wait_h: hours without receipt or opened link after which the next way is taken as well.
        hours: local hours of the day, first and end, in which it may be used.
    """

    channel: str
    methods: tuple[str, ...]
    tries: int
    wait_h: float
    hours: tuple[int, int] = (0, 24)


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table."""

    link_days: int
    answer_again_days: int
    way: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where somebody may be reached; ``confirmed`` when they agreed to be served there."""

    method: str
    address: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one address by one channel so far.

    Attributes:
        taken: the channel took it, or somebody has it.
        for_good: the channel said that it will never work.
    """

    channel: str
    address: str
    refused: int
    taken: bool
    for_good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """The way to take now."""

    way: Way
    address: Address


@dataclass(frozen=True, slots=True)
class Later:
    """The way is closed until then."""

    at_ms: int


@cache
def plan() -> Plan:
    """The bundled plan."""
    text = files(__package__).joinpath("ways.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Plan)


def next_way(
    plan: Plan, addresses: Sequence[Address], tried: Sequence[Tried], *,
    channels: Collection[str], now_ms: int,
) -> Take | Later | None:  # fmt: skip
    """The first way that is not used up; None where none is left.

    Args:
        channels: those that are set up here.
    """
    been = {(t.channel, t.address): t for t in tried}
    for confirmed in (True, False):
        for way in plan.way:
            if way.channel not in channels:
                continue
            for address in addresses:
                if address.confirmed is not confirmed or address.method not in way.methods:
                    continue
                if not _used_up(way, been.get((way.channel, address.address))):
                    opens_ms = open_from(way.hours, now_ms)
                    if opens_ms > now_ms:
                        return Later(opens_ms)
                    return Take(way=way, address=address)
    return None


def open_from(hours: tuple[int, int], now_ms: int) -> int:
    """Now when within the hours, else the moment when they next begin."""
    first, end = hours
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(CHINA)
    if first <= now.hour < end:
        return now_ms
    begins = now.replace(hour=first, minute=0, second=0, microsecond=0)
    if begins <= now:
        begins += timedelta(days=1)
    return round(begins.timestamp() * 1000)


def _used_up(way: Way, tried: Tried | None) -> bool:
    return tried is not None and (tried.taken or tried.for_good or tried.refused >= way.tries)
