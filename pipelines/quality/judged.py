"""Owns how a point is put together: what was measured and which reasons speak against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipelines.evidence.canonical import number

_DIGITS = 4  # of what is told; more says nothing of a picture's quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One point, judged: it holds when there is no reason against it."""

    measured: dict[str, str]
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Judgement:
    """One point while it is being judged."""

    measured: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    def note(self, **figures: float | None) -> None:
        """Tells figures; an unknown one is left out."""
        for name, value in figures.items():
            if value is not None:
                known = value if isinstance(value, int) else round(value, _DIGITS)
                told = number(known)
                self.measured[name] = (told or "").removesuffix(".0")

    def say(self, name: str, words: Iterable[str]) -> None:
        """Tells names, in order, where there are any."""
        told = ", ".join(words)
        if told:
            self.measured[name] = told

    def fails(self, reason: str, *, when: bool) -> None:
        """Takes a reason against the point, where it holds."""
        if when:
            self.reasons.append(reason)

    def done(self) -> Judged:
        """The point as judged."""
        return Judged(measured=self.measured, reasons=tuple(self.reasons))
