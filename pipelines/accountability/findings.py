"""Owns what a person may record about a fault before anything is proposed. Pure.

The three elements of art. 6, all required, and the circumstances that art. 11 (1) to (7) turn on.
Whether one is there is a person's finding with cited facts; a machine never answers any.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Answer = Literal["yes", "no", "unknown"]
ANSWERS: tuple[Answer, ...] = ("yes", "no", "unknown")

ELEMENTS: dict[str, tuple[str, ...]] = {
    "mind": ("intent", "negligence", "neither", "unknown"),  # 故意或者过失
    "performance": ("non_performance", "illegal", "neither", "unknown"),  # 不履行或者违法履行
    "harm": ("harm", "ill_effect", "neither", "unknown"),  # 危害后果或者不良影响
}
"""Art. 6, by element: what a person may record. ``neither`` ends it, ``unknown`` leaves it open."""


class Circumstance(msgspec.Struct, frozen=True, kw_only=True):
    """A circumstance of art. 11.

    Attributes:
        paragraph: of art. 11.
        of: in which capacity the officer acted whom it can be found of.
        leading: without it the paragraph does not apply; the others qualify it.
    """

    code: str
    paragraph: str
    of: tuple[str, ...]
    leading: bool


HEADS = ("section_head", "unit_head")
LEADERS = ("unit_head", "in_charge")
SUPERIORS = (*HEADS, "in_charge", "superior", "approver")
CIRCUMSTANCES: tuple[Circumstance, ...] = (
    Circumstance(code="concealed", paragraph="11.1", of=("handler",), leading=True),
    Circumstance(code="careless", paragraph="11.2", of=("handler",), leading=True),
    Circumstance(code="lax", paragraph="11.2", of=HEADS, leading=False),
    Circumstance(code="unapproved", paragraph="11.3", of=("handler",), leading=True),
    Circumstance(code="head_knew", paragraph="11.3", of=("unit_head",), leading=False),
    Circumstance(code="wrong_proposal", paragraph="11.4", of=("handler",), leading=True),
    Circumstance(code="review_missed", paragraph="11.4", of=("reviewer",), leading=False),
    Circumstance(code="right_opinion_overruled", paragraph="11.5", of=("approver",), leading=True),
    Circumstance(code="inactive", paragraph="11.6", of=LEADERS, leading=True),
    Circumstance(code="ordered_after_objection", paragraph="11.7", of=SUPERIORS, leading=True),
)
BY_CODE = {one.code: one for one in CIRCUMSTANCES}


class Person(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Somebody concerned, and how they acted.

    Attributes:
        capacities: of ``handler``, ``reviewer``, ``approver``, ``superior``, ``section_head``,
            ``unit_head``, ``in_charge``.
        auxiliary: 执法辅助人员、工作人员.
        alone: as an auxiliary they were given the task, or answered for the matter, alone
            (单独领受任务或负责某事项); None: not recorded.
        facts: ids of the facts that say so.
    """

    officer_id: str
    capacities: tuple[str, ...]
    auxiliary: bool = False
    alone: bool | None = None
    facts: tuple[str, ...] = ()

    @property
    def as_officer(self) -> bool:
        """Treated as an enforcement officer: they are one, or an auxiliary alone."""
        return not self.auxiliary or self.alone is True


class Finding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A person's answer on one circumstance of one officer; ``facts`` are what it rests on."""

    code: str
    officer_id: str
    answer: Answer
    facts: tuple[str, ...] = ()


class Objection(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A recorded objection, as art. 11 (5) and (7) need it."""

    objection_id: str
    officer_id: str
    superior: str
    overruled: bool | None
    """None: not answered yet."""
