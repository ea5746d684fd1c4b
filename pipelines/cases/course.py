"""Owns the course of a case as the case system tells it: what may follow what. Pure, from data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

Taken = Literal["current", "late", "repeated", "impossible"]


class Status(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step; the fields are explained in ``statuses.toml``."""

    code: str
    rank: int
    ends: bool = False
    then: tuple[str, ...] = ()
    decides: Literal["", "told", "refused", "annulled"] = ""
    started: tuple[str, ...] = ()
    met: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()


class _Statuses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: tuple[Status, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A step that happened: to which revision of the case, and when."""

    status: str
    revision: int
    at_ms: int


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a told step comes to; ``why`` says why it is impossible."""

    taken: Taken
    why: str = ""


@lru_cache(maxsize=1)
def statuses() -> dict[str, Status]:
    """Every step by its code, in order."""
    text = files("pipelines.cases").joinpath("statuses.toml").read_bytes()
    return {one.code: one for one in msgspec.toml.decode(text, type=_Statuses).status}


def judge(known: Sequence[Told], new: Told) -> Judged:
    """Whether a step can have happened beside those known, and whether it is the newest.

    Args:
        known: steps taken before, in any order; none of them impossible.
    """
    here = alive(known, new)
    if any(one.status == new.status for one in here):
        return Judged(taken="repeated")
    why = next(filter(None, (_against(one, new) for one in here)), "")
    if why:
        return Judged(taken="impossible", why=why)
    return Judged(taken="late" if any(_later(one, new) for one in here) else "current")


def alive(known: Sequence[Told], new: Told) -> list[Told]:
    """Those of the same course: a revision after a refusal begins one of its own."""
    refused = [one.revision for one in known if one.status == "refused"]
    since = max((revision for revision in refused if revision < new.revision), default=-1)
    return [one for one in known if since < one.revision]


def _later(one: Told, new: Told) -> bool:
    """Whether a known step comes after the new one in the course."""
    data = statuses()
    if data[new.status].ends:
        return data[one.status].ends and one.at_ms >= new.at_ms
    return data[one.status].ends or data[one.status].rank > data[new.status].rank


def _against(one: Told, new: Told) -> str:
    """Why both cannot have happened as told; empty when they can."""
    data = statuses()
    a, b = data[one.status], data[new.status]
    for first, then, first_ms, then_ms in (
        (a, b, one.at_ms, new.at_ms),
        (b, a, new.at_ms, one.at_ms),
    ):
        if first.ends and first_ms < then_ms and then.code not in first.then:
            return f"{then.code} after {first.code}"
        if first.rank and then.rank and first.rank < then.rank and first_ms > then_ms:
            return f"{then.code} before {first.code}"
    if a.rank and a.rank == b.rank:
        return f"{b.code} beside {a.code}"
    return ""
