"""Owns which steps a subject calls for and what became of each. Pure; reads ``steps.toml`` alone.

Judged from facts in order of their times, and from nothing else, so that the same record always
gives the same ledger.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from pipelines.clocks.kinds import Said

State = Literal["done", "done_late", "open", "paused", "overdue", "skipped", "dropped"]
STATES: tuple[State, ...] = (
    "overdue",  # not done, and its time is over
    "skipped",  # a later step was taken without it; it may have been made up for since
    "open",  # not done, and there is time
    "paused",  # its clock stands still
    "done_late",
    "done",
    "dropped",  # no longer called for, and why
)


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One expected step, as ``steps.toml`` explains.

    Attributes:
        early: done before it was called for counts too.
        held_by: ``party`` where it is no officer's step.
    """

    subject: str
    name: str
    title: Said
    clock: str
    called_for: tuple[str, ...]
    done: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    left_out_if: tuple[str, ...] = ()
    early: bool = False
    held_by: Literal["", "party"] = ""
    basis: str


class Fact(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something that happened to a subject."""

    at_ms: int
    name: str
    by: str = ""
    ground: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one step, once.

    Attributes:
        since_ms: when it was called for.
        done: the fact that did it; ``dropped`` the one that made it uncalled for; ``over`` the
            later step that was taken without it.
    """

    step: Step
    since_ms: int
    done: Fact | None = None
    dropped: Fact | None = None
    over: Fact | None = None


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """By when, as a clock or its kind's terms say; ``due_ms`` None where no time is set."""

    due_ms: int | None = None
    paused: bool = False
    ended: Fact | None = None


@cache
def steps() -> dict[str, tuple[Step, ...]]:
    """All steps by kind of subject."""

    class _File(msgspec.Struct, forbid_unknown_fields=True):
        step: tuple[Step, ...]

    text = files(__package__).joinpath("steps.toml").read_text("utf-8")
    found = msgspec.convert(tomllib.loads(text), _File).step
    return {kind: tuple(s for s in found if s.subject == kind) for kind in
            dict.fromkeys(s.subject for s in found)}  # fmt: skip


def expected(subject_kind: str, facts: Sequence[Fact]) -> Iterator[Found]:
    """Each step that the facts of one subject called for, every time that they did."""
    ordered = sorted(facts)
    named = {f.name for f in ordered}
    known = steps().get(subject_kind, ())
    for step in known:
        if not named & set(step.left_out_if):
            yield from _followed(step, ordered)
    told = {step.clock for step in known}
    for kind in sorted({n.partition(":")[2] for n in named if n.startswith("clock_started:")}):
        if kind not in told:
            yield from _followed(_of_clock(subject_kind, kind), ordered)


def state_of(found: Found, time: Time, now_ms: int) -> State:
    """What to call it at a moment."""
    done_ms = found.done.at_ms if found.done else None
    if found.over is not None and (done_ms is None or done_ms > found.over.at_ms):
        return "skipped"
    if done_ms is not None:
        return "done_late" if time.due_ms is not None and done_ms > time.due_ms else "done"
    if found.dropped is not None or time.ended is not None:
        return "dropped"
    if time.paused:
        return "paused"
    return "overdue" if time.due_ms is not None and now_ms > time.due_ms else "open"


def _followed(step: Step, facts: Sequence[Fact]) -> Iterator[Found]:
    """Walks the facts once: called for, done, dropped, called for again."""
    met = (*step.done, f"clock_met:{step.clock}") if step.clock else step.done
    now: Found | None = None
    early: Fact | None = None
    for fact in facts:
        was = now
        if was is not None:
            now = _after(was, fact, met)
        elif step.early and fact.name in met:
            early = fact
        if fact.name in step.called_for and (was is None or was.done or was.dropped):
            if was is not None:
                yield was
            now, early = Found(step=step, since_ms=fact.at_ms, done=early), None
    if now is not None:
        yield now


def _after(found: Found, fact: Fact, met: Sequence[str]) -> Found:
    """The same step after one more fact."""
    if found.done is not None:
        return found
    if fact.name in met:
        return msgspec.structs.replace(found, done=fact)
    if found.dropped is not None:
        return found
    if fact.name in found.step.dropped:
        return msgspec.structs.replace(found, dropped=fact)
    if fact.name in found.step.before and found.over is None:
        return msgspec.structs.replace(found, over=fact)
    return found


def _of_clock(subject_kind: str, kind: str) -> Step:
    return Step(
        subject=subject_kind, name=kind, title=Said(zh=kind, en=kind), clock=kind,
        called_for=(f"clock_started:{kind}",), done=(f"clock_met:{kind}",),
        dropped=(f"clock_ended:{kind}",), basis="OFF-21",
    )  # fmt: skip
