"""Whether a device's finding may be evidence: every paper, every reason, every boundary."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest

from pipelines.registry import papers
from pipelines.registry.papers import (
    MAX_CLOCK_OFFSET_MS,
    Document,
    Facts,
    Grade,
    Paper,
    Placement,
    Standing,
)

AT = 1_772_300_000_000
FROM, TO = AT - 1000, AT + 1000


def paper(kind: Paper, **changes: Any) -> Document:
    offset = 0 if kind is Paper.CLOCK else None
    whole = Document(
        document_id=f"d-{kind}", device_id="probe", kind=kind, number="1", issued_by="x",
        signed_by="y",
        valid_from_ms=FROM, valid_to_ms=TO, clock_offset_ms=offset,
    )  # fmt: skip
    return msgspec.structs.replace(whole, **changes)


HERE = Placement(placement_id="1", device_id="probe", point_id="here")


def standing(documents: list[Document], at_ms: int) -> Standing:
    """Of a device that never moved."""
    return papers.standing(Facts(documents=tuple(documents), placements=(HERE,)), at_ms)


ALL = [paper(kind) for kind in Paper]


def but(kind: Paper, *instead: Document) -> list[Document]:
    return [*(document for document in ALL if document.kind is not kind), *instead]


def test_all_papers_make_evidence() -> None:
    found = standing(ALL, AT)
    assert (found.grade, found.reasons) == (Grade.EVIDENCE, ())
    assert [document.kind for document in found.papers] == list(Paper)


def test_no_papers_are_nothing() -> None:
    found = standing([], AT)
    assert found.grade is Grade.NOTHING
    assert found.reasons == tuple(f"missing:{kind.value}" for kind in Paper)
    assert found.papers == ()


@pytest.mark.parametrize("kind", list(Paper))
def test_each_paper_is_needed_and_named(kind: Paper) -> None:
    cases = {
        f"missing:{kind.value}": but(kind),
        f"expired:{kind.value}": but(kind, paper(kind, valid_to_ms=AT)),
        f"not_yet:{kind.value}": but(kind, paper(kind, valid_from_ms=AT + 1)),
    }
    for reason, documents in cases.items():
        found = standing(documents, AT)
        assert (found.grade, found.reasons) == (Grade.LEAD, (reason,))
        assert kind not in {document.kind for document in found.papers}


BOUNDARIES = [
    (FROM - 1, Grade.LEAD, "not_yet"),
    (FROM, Grade.EVIDENCE, ""),
    (TO - 1, Grade.EVIDENCE, ""),
    (TO, Grade.LEAD, "expired"),
]


@pytest.mark.parametrize(("at_ms", "grade", "why"), BOUNDARIES)
def test_a_paper_holds_from_its_first_moment_until_before_its_last(
    at_ms: int, grade: Grade, why: str
) -> None:
    endless = [paper(kind, valid_from_ms=0, valid_to_ms=None) for kind in Paper]
    documents = [d for d in endless if d.kind is not Paper.CONSENT] + [paper(Paper.CONSENT)]
    found = standing(documents, at_ms)
    assert found.grade is grade
    assert [reason.split(":")[0] for reason in found.reasons] == ([why] if why else [])


def test_a_paper_without_an_end_holds_for_ever() -> None:
    documents = [paper(kind, valid_to_ms=None) for kind in Paper]
    assert standing(documents, AT * 2).grade is Grade.EVIDENCE


@pytest.mark.parametrize(
    ("offset", "off"),
    [
        (0, False), (MAX_CLOCK_OFFSET_MS, False), (-MAX_CLOCK_OFFSET_MS, False),
        (MAX_CLOCK_OFFSET_MS + 1, True), (-MAX_CLOCK_OFFSET_MS - 1, True),
    ],
)  # fmt: skip
def test_a_clock_out_of_step_is_a_lead(offset: int, off: bool) -> None:
    found = standing(but(Paper.CLOCK, paper(Paper.CLOCK, clock_offset_ms=offset)), AT)
    assert found.reasons == (("clock_off",) if off else ())
    assert found.grade is (Grade.LEAD if off else Grade.EVIDENCE)


def test_a_renewed_paper_counts_though_the_old_one_expired() -> None:
    old = paper(Paper.CERTIFICATE, document_id="old", valid_from_ms=0, valid_to_ms=AT)
    new = paper(Paper.CERTIFICATE, document_id="new", valid_from_ms=AT)
    found = standing(but(Paper.CERTIFICATE, old, new), AT)
    assert found.grade is Grade.EVIDENCE
    assert "new" in {document.document_id for document in found.papers}


def test_expired_is_said_when_one_ended_and_another_has_not_begun() -> None:
    old = paper(Paper.CONSENT, valid_to_ms=AT)
    coming = paper(Paper.CONSENT, valid_from_ms=AT + 1)
    assert standing(but(Paper.CONSENT, old, coming), AT).reasons == (
        "expired:installation_consent",
    )


def test_of_two_clock_checks_the_newest_counts_in_any_order() -> None:
    off = paper(Paper.CLOCK, document_id="a", valid_from_ms=FROM, clock_offset_ms=90_000)
    right = paper(Paper.CLOCK, document_id="b", valid_from_ms=FROM + 1, clock_offset_ms=3)
    for checks in permutations((off, right)):
        assert standing(but(Paper.CLOCK, *checks), AT).grade is Grade.EVIDENCE


def test_every_reason_is_told_at_once() -> None:
    documents = [
        paper(Paper.CERTIFICATE, valid_to_ms=AT),
        paper(Paper.NOTICE, valid_from_ms=AT + 1),
        paper(Paper.LEGAL),
        paper(Paper.CLOCK, clock_offset_ms=5000),
    ]
    assert standing(documents, AT).reasons == (
        "expired:verification_certificate", "missing:installation_consent",
        "not_yet:evidentiary_notice", "missing:public_sign", "missing:published_location",
        "missing:technical_review", "clock_off",
    )  # fmt: skip
