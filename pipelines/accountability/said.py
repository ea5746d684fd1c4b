"""Owns what each act in a fault file must say: a struct an act, checked against the regulation."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec

from pipelines.accountability.findings import BY_CODE, ELEMENTS
from pipelines.accountability.law import Item, item, law

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Cited = Annotated[tuple[Id, ...], msgspec.Meta(max_length=100)]
_SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_BYTES = 64_000


class NotSaid(Exception):
    """An act says too little or what cannot be; ``code`` names what, the text tells people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Saying(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of them have: ``words`` of whoever acts, and the ids of the facts cited."""

    words: Words
    facts: Cited = ()


class Named(Saying, frozen=True, kw_only=True):
    """Somebody concerned; ``alone`` of an auxiliary: the task was theirs alone (art. 11)."""

    officer_id: Id
    capacities: tuple[
        Literal["handler", "reviewer", "approver", "superior", "section_head", "unit_head",
                "in_charge"], ...
    ]  # fmt: skip
    auxiliary: bool = False
    alone: bool | None = None


class Element(Saying, frozen=True, kw_only=True):
    """One of the three elements of art. 6; ``fault`` is the paragraph of art. 12 or 13."""

    element: Literal["mind", "performance", "harm"]
    value: str
    fault: str = ""


class Found(Saying, frozen=True, kw_only=True):
    """A circumstance of art. 11 of somebody named."""

    code: str
    officer_id: Id
    answer: Literal["yes", "no", "unknown"]


class Ground(Saying, frozen=True, kw_only=True):
    """A ground of art. 8, 9, 14 or 15; ``shown``: what its words require, and the fact for each."""

    code: str
    officer_id: str = ""
    shown: dict[str, Id] = msgspec.field(default_factory=dict)


class Opinion(Saying, frozen=True, kw_only=True):
    """An expert group's written opinion (art. 16); of a municipal or higher health authority."""

    body: Words
    level: Literal["municipal", "provincial", "national"]
    sha256: str


class Answered(Saying, frozen=True, kw_only=True):
    """An answer to a statement: adopted where it holds (art. 19)."""

    statement: int
    adopted: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What befalls one of them; empty ``officer_id``: the unit. ``degree`` as it was decided."""

    officer_id: str = ""
    degree: Literal["main", "secondary", "joint", "sole", "unit"]
    outcomes: tuple[str, ...]
    ground: Words


class Decided(Saying, frozen=True, kw_only=True):
    """A person's decision. ``sanction``: it is a 行政处分, so that art. 20 runs.

    ``proposal``: the digest of the proposal that the decider had before them.
    """

    proposal: str
    outcomes: tuple[Outcome, ...]
    sanction: bool
    departs: str = ""


class Dropped(Saying, frozen=True, kw_only=True):
    """Nobody is held responsible: ``basis`` is ``6`` or a code of art. 8 or 9."""

    basis: str


class Replied(Saying, frozen=True, kw_only=True):
    """The reply to a review or appeal, told to whoever asked."""

    result: Literal["upheld", "changed", "lifted"]
    told: bool
    body: str = ""


class Circulated(Saying, frozen=True, kw_only=True):
    """Where the outcome was made known (art. 20)."""

    where: Words


SAYINGS: dict[str, type[Saying]] = {
    "name": Named, "element": Element, "finding": Found, "ground": Ground, "opinion": Opinion,
    "tell": Saying, "statement": Saying, "answer": Answered, "decide": Decided, "drop": Dropped,
    "ask_review": Saying, "reply": Replied, "circulate": Circulated, "refer": Saying,
    "clarify": Saying, "close": Saying,
}  # fmt: skip


def read(act: str, body: dict[str, Any]) -> Saying:
    """What an act says.

    Raises:
        NotSaid: it lacks something, or says what the regulation does not know.
    """
    kind = SAYINGS.get(act)
    if kind is None:
        raise NotSaid("unknown_act", f"no act {act!r}")
    if len(msgspec.json.encode(body)) > MOST_BYTES:
        raise NotSaid("too_long", "the entry is too long")
    try:
        said = msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise NotSaid("incomplete", str(error)) from error
    if not said.words.strip():
        raise NotSaid("incomplete", "words are missing")
    _checked(said)
    return said


def _checked(said: Saying) -> None:
    if isinstance(said, Element):
        _element(said)
    elif isinstance(said, Found) and said.code not in BY_CODE:
        raise NotSaid("unknown_code", f"art. 11 has no circumstance {said.code!r}")
    elif isinstance(said, Ground):
        shown_of(said)
    elif isinstance(said, Opinion) and not _SHA256.fullmatch(said.sha256):
        raise NotSaid("incomplete", "the written opinion's SHA-256 is missing")
    elif isinstance(said, Decided):
        _outcomes(said)
    elif isinstance(said, Dropped) and said.basis != "6" and _excusing(said.basis) is None:
        raise NotSaid("unknown_code", f"{said.basis!r} is neither art. 6 nor of art. 8 or 9")
    elif isinstance(said, Replied) and not said.told:
        raise NotSaid("not_told", "a reply is one when whoever asked was told of it")


def _element(said: Element) -> None:
    if said.value not in ELEMENTS[said.element]:
        raise NotSaid("unknown_code", f"{said.element}: {', '.join(ELEMENTS[said.element])}")
    if said.element != "performance" or said.value in ("neither", "unknown"):
        return
    fault = item(law().fault, said.fault)
    if fault is None or fault.performance != said.value:
        raise NotSaid("unknown_code", f"name the paragraph of art. 12 or 13 for {said.value}")


def shown_of(said: Ground) -> tuple[Item, tuple[str, ...]]:
    """A ground's paragraph, and which of what it requires is not shown yet.

    Raises:
        NotSaid: no such ground, or it does not ask for what is shown.
    """
    ground = item(law().grounds, said.code)
    if ground is None:
        raise NotSaid("unknown_code", f"no ground {said.code!r} in art. 8, 9, 14 or 15")
    needs = [code for code, _, _ in law().needs_of(ground)]
    if strange := sorted(said.shown.keys() - set(needs)):
        raise NotSaid("unknown_code", f"{said.code} does not ask for {', '.join(strange)}")
    return ground, tuple(need for need in needs if not said.shown.get(need))


def _outcomes(said: Decided) -> None:
    if not said.outcomes:
        raise NotSaid("incomplete", "a decision names outcomes; to name none is to drop it")
    for one in said.outcomes:
        if not one.outcomes:
            raise NotSaid("incomplete", f"no outcome for {one.officer_id or 'the unit'}")
        for code in one.outcomes:
            known = item(law().outcome, code)
            if known is None:
                raise NotSaid("unknown_code", f"art. 17 has no {code!r}")
            if not one.officer_id and not known.of_unit:
                raise NotSaid("not_of_unit", f"{code} is not for units: art. 17 (1) and (2) only")
        if (one.degree == "unit") != (not one.officer_id):
            raise NotSaid("unknown_code", "the unit's degree is `unit`, an officer's is not")


def _excusing(code: str) -> Item | None:
    return item((*law().exemption, *law().innovation), code)
