"""Owns what a review says, how it becomes signed bytes, and which reviews stand. Pure.

A review is of one manifest, by its digest: evidence sealed anew has not been reviewed. The newest
of a kind stands; those before it stay on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from pipelines.evidence.canonical import canonical
from pipelines.quality.checklist import KINDS, Checklist, Kind, checklist

FORMAT = "vigil-review/1"
WORDS_LIMIT = 2000
Word = Literal["yes", "no", "na"]


class BadReview(Exception):
    """The review cannot be signed as it is; ``code`` names why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer; anything but yes says why in words."""

    question: str
    answer: Word
    words: str = ""


class Review(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer signs.

    Attributes:
        manifest_sha256: what was reviewed.
        checklist: version of the questions.
        words: the conclusion in words.
    """

    format: str = FORMAT
    review_id: str
    kind: Kind
    alert_id: str
    evidence_id: str
    manifest_sha256: str
    officer_id: str
    officer_zh: str
    officer_en: str
    role: str
    at_ms: int
    at: str
    checklist: str
    answers: list[Answer]
    passed: bool
    words: str


def checked(
    kind: Kind,
    answers: Sequence[Answer],
    *,
    passed: bool,
    words: str,
    data: Checklist | None = None,
) -> list[Answer]:
    """The answers in the checklist's order, trimmed.

    Raises:
        BadReview: a question is unanswered or unknown, words are missing or too long, or it is to
            pass though an answer is no.
    """
    questions = [question.id for question in (data or checklist()).of(kind)]
    given = {answer.question: answer for answer in answers}
    if len(given) != len(answers) or set(given) - set(questions):
        raise BadReview("unknown_question")
    if set(questions) - set(given):
        raise BadReview("unanswered")
    told = [msgspec.structs.replace(given[q], words=given[q].words.strip()) for q in questions]
    if any(answer.answer != "yes" and not answer.words for answer in told):
        raise BadReview("words_missing")
    if not passed and not words.strip():
        raise BadReview("conclusion_missing")
    if any(len(said) > WORDS_LIMIT for said in (words, *(answer.words for answer in told))):
        raise BadReview("words_too_long")
    if passed and any(answer.answer == "no" for answer in told):
        raise BadReview("passed_despite_no")
    return told


def encode(review: Review) -> bytes:
    """The bytes that are signed."""
    return canonical(msgspec.to_builtins(review))


def verified(statement: bytes, signature: bytes, public_key_pem: bytes) -> Review:
    """Reads a signed review.

    Raises:
        ValueError: not a review in canonical form, or not signed by that key.
    """
    try:
        review = msgspec.json.decode(statement, type=Review)
        public = load_pem_public_key(public_key_pem)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    if review.format != FORMAT or encode(review) != statement:
        raise ValueError("not a review in canonical form")
    if not isinstance(public, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004  what was given, not its type
    try:
        public.verify(signature, statement)
    except InvalidSignature as error:
        raise ValueError("the signature does not fit") from error
    return review


def standing(reviews: Iterable[Review], manifest_sha256: str) -> dict[Kind, Review]:
    """The review of each kind that stands for a manifest.

    Args:
        reviews: in the order in which they were signed.
    """
    return {one.kind: one for one in reviews if one.manifest_sha256 == manifest_sha256}


def missing(stand: dict[Kind, Review]) -> list[Kind]:
    """The kinds of review that nobody has signed yet."""
    return [kind for kind in KINDS if kind not in stand]


def other(kind: Kind) -> Kind:
    """The review that somebody else must sign."""
    return "technical" if kind == "legal" else "legal"
