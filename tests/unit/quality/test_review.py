"""What may be signed, what a signature covers, which reviews stand."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipelines.quality.checklist import Kind, checklist
from pipelines.quality.review import (
    WORDS_LIMIT,
    Answer,
    BadReview,
    Review,
    Word,
    checked,
    encode,
    missing,
    standing,
    verified,
)


def answers(kind: Kind = "legal", **other: Word) -> list[Answer]:
    """Yes to everything but ``other``, which say why."""
    return [
        Answer(
            question=q.id,
            answer=other.get(q.id, "yes"),
            words="why" if q.id in other else "",
        )
        for q in checklist().of(kind)
    ]


def review(kind: Kind = "legal", digest: str = "d", **changes: object) -> Review:
    """A review as it is signed."""
    made = Review(
        review_id="r", kind=kind, alert_id="a", evidence_id="e", manifest_sha256=digest,
        officer_id="zhou", officer_zh="周", officer_en="Zhou", role="reviewer", at_ms=1,
        at="1970", checklist="1", answers=answers(kind), passed=True, words="",
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def test_answers_come_in_the_checklists_order() -> None:
    """OFF-16: all of them, trimmed."""
    shuffled = list(reversed(answers(party_told="na")))
    told = checked("legal", shuffled, passed=True, words="")
    assert [answer.question for answer in told] == [q.id for q in checklist().of("legal")]


@pytest.mark.parametrize(
    ("given", "passed", "words", "code"),
    [
        (answers()[:-1], True, "", "unanswered"),
        ([*answers(), answers()[0]], True, "", "unknown_question"),
        (answers("technical"), True, "", "unknown_question"),
        (answers(party_told="no"), True, "", "passed_despite_no"),
        (answers(party_told="no"), False, "  ", "conclusion_missing"),
        (answers(), True, "x" * (WORDS_LIMIT + 1), "words_too_long"),
        ([Answer(question="party_told", answer="na"), *answers()], True, "", "unknown_question"),
    ],
)
def test_what_cannot_be_signed(given: list[Answer], passed: bool, words: str, code: str) -> None:
    """Administrative Penalty Law art. 41: a review is whole or it is none."""
    with pytest.raises(BadReview, match=code):
        checked("legal", given, passed=passed, words=words)


def test_not_applicable_needs_words() -> None:
    """Anything but yes says why."""
    bare = [msgspec.structs.replace(one, words="") for one in answers(party_told="na")]
    with pytest.raises(BadReview, match="words_missing"):
        checked("legal", bare, passed=True, words="")


def test_a_signature_covers_every_word() -> None:
    """OFF-16: officer, time, manifest, answers and conclusion."""
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    statement = encode(review())
    signature = private.sign(statement)
    assert verified(statement, signature, pem) == review()
    changes = ({"passed": False}, {"officer_id": "chen"}, {"at_ms": 2}, {"manifest_sha256": "x"})
    for change in changes:
        with pytest.raises(ValueError, match="signature"):
            verified(encode(review(**change)), signature, pem)
    other = Ed25519PrivateKey.generate().public_key()
    with pytest.raises(ValueError, match="signature"):
        verified(
            statement,
            signature,
            other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        )
    for broken in (b"{}", b"no json", statement.replace(b'"at_ms":1', b'"at_ms": 1')):
        with pytest.raises(ValueError, match=r".+"):
            verified(broken, private.sign(broken), pem)


def test_the_newest_of_a_kind_and_digest_stands() -> None:
    """OFF-16: evidence sealed anew is unreviewed; a newer review replaces an older one."""
    first, second = review(), review(passed=False, at_ms=2)
    technical = review("technical", digest="older")
    stand = standing([first, second, technical], "d")
    assert stand == {"legal": second}
    assert missing(stand) == ["technical"]
