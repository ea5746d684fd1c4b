"""Owns how long what is kept, as data with its sources. Must not look at what there is."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from pipelines.keeping.period import Period, period

Confidence = Literal["V", "P", "GK", "eng"]
Kind = Literal["evidence", "record", "access"]


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text for people in both languages."""

    zh: str
    en: str


class Policy(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """How long one class of things is kept.

    Attributes:
        applies_to: ``evidence``, ``record``, ``access``, or ``ring`` of a camera.
        start: the moment from which it counts, for people.
        shortest: nothing goes before; empty for no such bound.
        longest: it must go then; empty for no such bound.
        floor: an authority's own policy may not be shorter.
        own_period: an end that is on record for the item takes the place of ``shortest``.
        forgets: kinds of leaves about the item whose bodies are erased with it.
        confidence: of the basis; ``period_confidence`` of the figure.
    """

    name: str
    title: Said
    applies_to: Literal["evidence", "record", "access", "ring"]
    start: str
    from_zh: str
    shortest: str
    longest: str
    floor: bool = False
    own_period: bool = False
    forgets: tuple[str, ...] = ()
    basis: Said
    source: str
    confidence: Confidence
    period_confidence: Confidence

    def __post_init__(self) -> None:
        for text in filter(None, (self.shortest, self.longest)):
            period(text)
        least, most = self.least, self.most
        if least and most and most.about_days < least.about_days:
            raise ValueError(f"{self.name}: longest is shorter than shortest")

    @property
    def least(self) -> Period | None:
        """``shortest`` as a period."""
        return period(self.shortest) if self.shortest else None

    @property
    def most(self) -> Period | None:
        """``longest`` as a period."""
        return period(self.longest) if self.longest else None


class Ground(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ground on which something is kept for good."""

    zh: str
    en: str
    source: str
    confidence: Confidence


class PublicPlaces(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The kinds of points and sites whose recording is one of a public place."""

    kinds: tuple[str, ...]
    source: str
    confidence: Confidence


class Policies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it.

    Raises:
        KeyError: of ``policies[name]``: there is none of that name.
    """

    version: str
    zone: str
    policy: tuple[Policy, ...]
    permanent: dict[str, Ground]
    public_places: PublicPlaces

    def __getitem__(self, name: str) -> Policy:
        return next(iter(p for p in self.policy if p.name == name), None) or _unknown(name)

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The calendar's zone."""
        return ZoneInfo(self.zone)


class BadPolicies(Exception):
    """A file of policies cannot be used; the text says why."""


def load(path: Path | None = None) -> Policies:
    """The bundled policies, or those of a file, which may not undercut a bundled floor.

    Raises:
        BadPolicies: the file is not of this form, lacks a policy, or is shorter than a rule allows.
    """
    if path is None:
        return _bundled()
    try:
        own = _read(path.read_text("utf-8"))
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise BadPolicies(f"{path}: {error}") from error
    for rule in _bundled().policy:
        _check(path, rule, {p.name: p for p in own.policy}.get(rule.name))
    return own


def _check(path: Path, rule: Policy, own: Policy | None) -> None:
    if own is None:
        raise BadPolicies(f"{path}: no policy {rule.name}")
    if own.applies_to != rule.applies_to:
        raise BadPolicies(f"{path}: {rule.name} applies to {rule.applies_to}")
    if rule.floor and rule.least is not None:
        days = own.least.about_days if own.least else 0.0
        if days < rule.least.about_days:
            raise BadPolicies(
                f"{path}: {rule.name} is kept at least {rule.shortest}: {rule.source}"
            )


@cache
def _bundled() -> Policies:
    return _read(files(__package__).joinpath("policies.toml").read_text("utf-8"))


def _read(text: str) -> Policies:
    return msgspec.convert(tomllib.loads(text), Policies)


def _unknown(name: str) -> Policy:
    raise KeyError(name)
