"""Owns the figures of an alert's life, read from ``life.toml`` beside the code. Decides nothing."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

_HOUR_MS, _MINUTE_MS, _DAY_MS = 3_600_000, 60_000, 86_400_000
ANY = "*"


class _Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    why: str


class Fold(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``whole_device``: rules whose series and zones are no things of their own."""

    whole_device: tuple[str, ...]


class Decided(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a decision means for the next finding of the same thing, and for how long."""

    then: Literal["fold", "recurs"]
    hours: float = 0
    days: float = 0

    @property
    def lasts_ms(self) -> int:
        """For how long after the decision."""
        return round(self.hours * _HOUR_MS + self.days * _DAY_MS)


class Flapping(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often is too often, and when it is over."""

    most: int
    within_min: float
    calm_min: float
    steady_min: float
    holds_critical: bool

    @property
    def within_ms(self) -> int:
        """The window in which ``most`` findings are borne."""
        return round(self.within_min * _MINUTE_MS)

    @property
    def over_ms(self) -> int:
        """Two calm stretches in a row: without a finding for so long, it is over."""
        return round(2 * self.calm_min * _MINUTE_MS)

    @property
    def steady_ms(self) -> int:
        """What stays bad for so long does not flap."""
        return round(self.steady_min * _MINUTE_MS)


class SilenceLimits(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a silence may be, and how short its reason."""

    most_days: int
    reason_min: int

    @property
    def most_ms(self) -> int:
        """From its beginning to its end."""
        return self.most_days * _DAY_MS


class Inhibits(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """While a finding of ``by`` lasts, those of ``held`` on the same device and series are held."""

    name: str
    by: tuple[str, ...]
    held: tuple[str, ...]
    critical: bool = False

    def holds(self, by: str, rule_id: str) -> bool:
        """Whether a finding of ``by`` explains one of ``rule_id``; none explains its own kind."""
        named = rule_id in self.held or (ANY in self.held and rule_id not in self.by)
        return by in self.by and named


class LetGo(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long after its inhibitor's end a finding gets to clear by itself."""

    settle_s: float

    @property
    def settle_ms(self) -> int:
        """The same in milliseconds."""
        return round(self.settle_s * 1000)


class Incidents(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How near two findings of one site are to belong together, and how long an incident grows."""

    near_min: float
    longest_min: float

    @property
    def near_ms(self) -> int:
        """Between the detections of any two findings."""
        return round(self.near_min * _MINUTE_MS)

    @property
    def longest_ms(self) -> int:
        """From the first detection to the last."""
        return round(self.longest_min * _MINUTE_MS)


class Pair(_Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two kinds of finding that bear each other out, whichever came first."""

    name: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    within_min: float

    @property
    def within_ms(self) -> int:
        """Between the two detections."""
        return round(self.within_min * _MINUTE_MS)

    def names(self, a: str, b: str) -> bool:
        """Whether two rules are such a pair."""
        return (a in self.one and b in self.other) or (b in self.one and a in self.other)


class Life(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    fold: Fold
    decided: dict[str, Decided]
    flapping: Flapping
    silences: SilenceLimits
    inhibits: tuple[Inhibits, ...]
    let_go: LetGo
    incidents: Incidents
    pairs: tuple[Pair, ...]


@cache
def life() -> Life:
    """The bundled table."""
    text = files(__package__).joinpath("life.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=Life)
