"""Owns the kinds of clocks: read from data, checked, chosen by the day on which a clock began.

Must not know what runs. The bundled file is ``kinds.toml``; an authority's own file adds versions
and kinds, and its version goes before a bundled one of the same day.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from pipelines.records.working_days import day_of
from pipelines.settings import Settings

Unit = Literal["hours", "days", "working days"]
To = Literal["holder", "unit", "leader"]
Confidence = Literal["V", "P", "GK", "eng"]
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
_LENGTH = re.compile(r"([1-9]\d{0,3}) (hours|days|working days)")
_OFFSET = re.compile(r"(\d{1,4}) (hours|days)")
_ROUGH_MS: dict[Unit, float] = {"hours": HOUR_MS, "days": DAY_MS, "working days": DAY_MS * 7 / 5}


class BadKinds(Exception):
    """A file of kinds cannot be used; the text says why."""


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text for people in both languages."""

    zh: str
    en: str


class Warn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told, so long before the end."""

    before: str
    to: To

    def __post_init__(self) -> None:
        offset_ms(self.before)


class Escalate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told, so long after the end."""

    after: str
    to: To

    def __post_init__(self) -> None:
        offset_ms(self.after)


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a kind: what a clock of it runs by, and is stored with it.

    Attributes:
        valid_from, valid_to: first and last day on which a clock may begin by it, Beijing time.
        length: ``N hours``, ``N days`` or ``N working days``.
        rest: whether a last day that is no working day moves; hours never do.
        held_by: whose step it is; a clock that the party holds is no officer's failing.
        confidence: of the law named; ``length_confidence`` of the figure.
        bound: a file of one's own may shorten it, never lengthen it.
        pause: reasons (keys of the file's ``reasons``) for which it may stand still.
    """

    name: str
    version: str
    title: Said
    valid_from: dt.date
    valid_to: dt.date | None = None
    length: str
    rest: Literal["stays", "next_working_day"]
    held_by: Literal["assignee", "unit", "party"]
    law: Said
    source: str
    confidence: Confidence
    length_confidence: Confidence
    bound: bool = False
    warn: tuple[Warn, ...] = ()
    escalate: tuple[Escalate, ...] = ()
    pause: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"{self.name!r}: a name is lower-case letters, digits and _")
        if _LENGTH.fullmatch(self.length) is None:
            raise ValueError(f"{self.name}: {self.length!r} is no length, such as 7 working days")
        if self.many[1] == "hours" and self.rest != "stays":
            raise ValueError(f"{self.name}: hours run through days of rest; count days instead")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"{self.name}: valid_to lies before valid_from")

    @property
    def many(self) -> tuple[int, Unit]:
        """The length as a number and its unit."""
        number, _, unit = self.length.partition(" ")
        return int(number), msgspec.convert(unit, Unit)

    @property
    def rough_ms(self) -> float:
        """About how long, for comparing two lengths."""
        number, unit = self.many
        return number * _ROUGH_MS[unit]


class Kinds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All versions of all kinds, one's own first, and the reasons for standing still."""

    kind: tuple[Terms, ...] = ()
    reasons: dict[str, Said] = msgspec.field(default_factory=dict)

    def at(self, name: str, at_ms: int) -> Terms:
        """The version in force on the day of a moment.

        Raises:
            KeyError: no kind of that name was in force then.
        """
        day = day_of(at_ms)
        fitting = [
            k for k in self.kind
            if k.name == name and k.valid_from <= day and (k.valid_to is None or day <= k.valid_to)
        ]  # fmt: skip
        if not fitting:
            raise KeyError(f"no kind of clock {name} on {day}")
        return max(fitting, key=lambda k: k.valid_from)  # of equals the first: one's own


def offset_ms(text: str) -> int:
    """``4 hours`` or ``2 days`` in milliseconds.

    Raises:
        ValueError: it is neither.
    """
    if (found := _OFFSET.fullmatch(text)) is None:
        raise ValueError(f"{text!r} is no offset, such as 4 hours")
    return int(found[1]) * (HOUR_MS if found[2] == "hours" else DAY_MS)


@cache
def load(path: Path | None = None) -> Kinds:
    """The bundled kinds, and before them those of a file.

    Raises:
        BadKinds: the file is not of this form, or lengthens what the law bounds.
    """
    bundled = _read(files(__package__).joinpath("kinds.toml").read_text("utf-8"), "kinds.toml")
    if path is None:
        return bundled
    try:
        own = _read(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise BadKinds(f"{path}: {error}") from error
    for mine in own.kind:
        for law in bundled.kind:
            if law.name == mine.name and law.bound and mine.rough_ms > law.rough_ms:
                raise BadKinds(f"{path}: {law.name} is at most {law.length}: {law.source}")
    both = Kinds(kind=own.kind + bundled.kind, reasons=bundled.reasons | own.reasons)
    _check(both, str(path))
    return both


def in_force() -> Kinds:
    """The kinds of this installation (``VIGIL_CLOCK_KINDS``).

    Raises:
        BadKinds: the file named cannot be used.
    """
    return load(_own_path())


@cache
def _own_path() -> Path | None:
    return Settings().clock_kinds


def _read(text: str, where: str) -> Kinds:
    try:
        found = msgspec.convert(tomllib.loads(text), Kinds)
    except (ValueError, msgspec.ValidationError) as error:
        raise BadKinds(f"{where}: {error}") from error
    if where == "kinds.toml":
        _check(found, where)
    return found


def _check(kinds: Kinds, where: str) -> None:
    seen: Mapping[tuple[str, str], None] = {}
    for kind in kinds.kind:
        if (kind.name, kind.version) in seen:
            raise BadKinds(f"{where}: {kind.name} {kind.version} is there twice")
        seen = {**seen, (kind.name, kind.version): None}
        for reason in kind.pause:
            if reason not in kinds.reasons:
                raise BadKinds(f"{where}: {kind.name}: no reason {reason}")
