"""Owns the questions of the two reviews, from data. Must not know who answers them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Literal, get_args

import msgspec

from detectors.catalogue.entry import Text
from pipelines.evidence.manifest import Point
from pipelines.quality.gate import hindering

Kind = Literal["legal", "technical"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Aspect = Literal["legality", "objectivity", "relevance"]


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question of a review.

    Attributes:
        basis: where the law or regulation asks it.
        points: codes of the gate that speak to it.
    """

    id: str
    review: Kind
    aspect: Aspect
    asked: Text
    basis: Text
    points: tuple[str, ...] = ()


class Checklist(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of ``checklist.toml``."""

    version: str
    question: tuple[Question, ...]

    def of(self, kind: Kind) -> list[Question]:
        """The questions of one review, in order."""
        return [question for question in self.question if question.review == kind]


@lru_cache(maxsize=1)
def checklist() -> Checklist:
    """The bundled data."""
    text = files("pipelines.quality").joinpath("checklist.toml").read_bytes()
    return msgspec.toml.decode(text, type=Checklist)


def doubted(question: Question, points: Iterable[Point]) -> bool:
    """Whether a form begins with "no": a point that hinders a case speaks against it."""
    return any(point.code in question.points for point in hindering(points))
