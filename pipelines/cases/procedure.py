"""Owns the suggested procedure, articles and range of penalty, from data. Pure.

Suggestions with their reasons; the case system decides. Nobody is punished by a machine.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from detectors.catalogue import Citation
from detectors.catalogue.entry import Confidence, Text
from pipelines.cases.types import History

When = Literal["first", "repeated", "outbreak"]
Penalty = Literal["warning", "fine", "closure", "licence"]


class Range(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be imposed; without amounts where none were read.

    Attributes:
        together: the penalties are imposed together: no warning stands alone.
    """

    when: When
    kinds: tuple[Penalty, ...]
    min_cny: int | None = None
    max_cny: int | None = None
    together: bool = False


class Article(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A penalty's article; ``also`` are other ways in which the catalogue cites it."""

    name: str
    article: str
    also: tuple[str, ...] = ()
    violation: Text
    source: str
    confidence: Confidence
    range: tuple[Range, ...]


class Simple(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bounds of the simple procedure."""

    basis: str
    confidence: Confidence
    citizen_max_cny: int
    organisation_max_cny: int


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step to think of; ``kinds``: only where one of these penalties is possible."""

    code: str
    of: Literal["simple", "general", "any"]
    said: Text
    basis: str
    confidence: Confidence
    max_cny: int | None = None
    kinds: tuple[Penalty, ...] = ()


class Penalties(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of ``penalties.toml``."""

    window_days: int
    window_source: str
    window_confidence: Confidence
    severities: tuple[str, ...]
    simple: Simple
    step: tuple[Step, ...]
    article: tuple[Article, ...]

    def of(self, penalty: Citation) -> list[Article]:
        """The articles that a citation of the catalogue may mean."""
        return [
            one for one in self.article
            if one.name == penalty.name and penalty.article in (one.article, *one.also)
        ]  # fmt: skip


@lru_cache(maxsize=1)
def penalties() -> Penalties:
    """The bundled data."""
    text = files("pipelines.cases").joinpath("penalties.toml").read_bytes()
    return msgspec.toml.decode(text, type=Penalties)


def suggest(
    penalty: Citation, severity: str, history: History, data: Penalties | None = None
) -> dict[str, Any]:
    """The contract's ``suggestion``: procedure, steps, articles with ranges, and why."""
    data = data or penalties()
    articles = data.of(penalty)
    when: When = "repeated" if history.earlier else "first"
    fitting = [(one, part) for one in articles for part in one.range if part.when == when]
    simple, reason = _procedure(fitting, severity, data)
    procedure = "simple" if simple else "general"
    possible = {kind for _, part in fitting for kind in part.kinds}
    weakest = {one.confidence for one in articles}
    return {
        "procedure": procedure,
        "reason_zh": reason.zh,
        "reason_en": reason.en,
        "basis": data.simple.basis,
        "confidence": _weakest({*weakest, data.simple.confidence}),
        "when": when,
        "history": {
            "earlier": history.earlier, "window_days": history.window_days,
            "corrected": history.corrected,
            "source": data.window_source, "confidence": data.window_confidence,
        },
        "steps": [_step(one) for one in data.step if _applies(one, procedure, possible)],
        "articles": [_article(one, when) for one in articles],
    }  # fmt: skip


def _procedure(
    fitting: list[tuple[Article, Range]], severity: str, data: Penalties
) -> tuple[bool, Text]:
    if not fitting:
        return False, Text(zh="处罚幅度未读到", en="the extent of the penalty was not read")
    if severity not in data.severities:
        return False, Text(zh=f"严重程度 {severity}", en=f"severity {severity}")
    most = data.simple.organisation_max_cny
    for one, part in fitting:
        alone = "warning" in part.kinds and not part.together
        small = part.kinds == ("fine",) and part.max_cny is not None and part.max_cny <= most
        if not (alone or small):
            return False, Text(
                zh=f"{one.name}{one.article}：可能超过警告或{most}元罚款",
                en=f"{one.name} {one.article}: more than a warning or {most} yuan is possible",
            )
    return True, Text(
        zh=f"可单处警告，或罚款不超过{most}元（单位）",
        en=f"a warning may stand alone, or the fine is at most {most} yuan (organisation)",
    )


def _applies(step: Step, procedure: str, possible: set[Penalty]) -> bool:
    return step.of in (procedure, "any") and (not step.kinds or bool(possible & set(step.kinds)))


def _step(step: Step) -> dict[str, Any]:
    return {
        "code": step.code, "said_zh": step.said.zh, "said_en": step.said.en, "basis": step.basis,
        "confidence": step.confidence,
    }  # fmt: skip


def _article(one: Article, when: When) -> dict[str, Any]:
    return {
        "name": one.name, "article": one.article, "violation_zh": one.violation.zh,
        "violation_en": one.violation.en, "source": one.source, "confidence": one.confidence,
        "ranges": [
            {"when": part.when, "kinds": list(part.kinds), "min_cny": part.min_cny,
             "max_cny": part.max_cny, "suggested": part.when == when}
            for part in one.range
        ],
    }  # fmt: skip


def _weakest(found: set[Confidence]) -> Confidence:
    order: tuple[Confidence, ...] = ("GK", "eng", "P", "V")
    return next(one for one in order if one in found)
