"""Whether a device's finding may be evidence: every paper, every reason, every boundary."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.registry import papers
from pipelines.registry.papers import (
    MAX_CLOCK_OFFSET_MS,
    Damage,
    Document,
    Facts,
    Grade,
    Maintenance,
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


AWAY = Placement(placement_id="0", device_id="probe", point_id="there", from_ms=0, to_ms=FROM)
CAME = Placement(placement_id="1", device_id="probe", point_id="here", from_ms=FROM)
GOOD = Facts(documents=tuple(ALL), placements=(HERE,))
PLACE_BOUND = tuple(kind for kind in Paper if kind not in {Paper.CERTIFICATE, Paper.CLOCK})


def spell(from_ms: int, to_ms: int | None) -> Maintenance:
    return Maintenance(maintenance_id="m", device_id="probe", from_ms=from_ms, to_ms=to_ms)


def damage(at_ms: int, restored_ms: int | None) -> Damage:
    return Damage(damage_id="x", device_id="probe", at_ms=at_ms, restored_ms=restored_ms)


def old(*kinds: Paper) -> tuple[Document, ...]:
    """All papers, some from before the move."""
    return tuple(paper(kind, valid_from_ms=FROM - (kind in kinds)) for kind in Paper)


def changed(facts: Facts, **changes: Any) -> Facts:
    return msgspec.structs.replace(facts, **changes)


UNSIGNED = tuple(but(Paper.CONSENT, paper(Paper.CONSENT, signed_by="")))
SITUATIONS = {
    "as it should be": (GOOD, Grade.EVIDENCE, []),
    "unsigned consent": (
        changed(GOOD, documents=UNSIGNED), Grade.LEAD, ["unsigned:installation_consent"],
    ),
    "signed beside unsigned": (changed(GOOD, documents=(*UNSIGNED, *ALL)), Grade.EVIDENCE, []),
    "maintenance begins": (
        changed(GOOD, maintenance=(spell(AT, None),)), Grade.LEAD, ["under_maintenance"],
    ),
    "maintenance is over": (changed(GOOD, maintenance=(spell(FROM, AT),)), Grade.EVIDENCE, []),
    "damaged": (changed(GOOD, damages=(damage(AT, None),)), Grade.LEAD, ["damaged"]),
    "restored": (changed(GOOD, damages=(damage(FROM, AT),)), Grade.EVIDENCE, []),
    "nowhere": (changed(GOOD, placements=()), Grade.NOTHING, ["not_placed"]),
    "on its way": (changed(GOOD, placements=(AWAY,)), Grade.NOTHING, ["not_placed"]),
    "not installed yet": (changed(GOOD, installed_ms=AT + 1), Grade.NOTHING, ["not_placed"]),
    "installed now": (changed(GOOD, installed_ms=AT), Grade.EVIDENCE, []),
    "removed now": (changed(GOOD, removed_ms=AT), Grade.NOTHING, ["removed"]),
    "removed later": (changed(GOOD, removed_ms=AT + 1), Grade.EVIDENCE, []),
    "moved, papers of the new place": (
        changed(GOOD, placements=(AWAY, CAME), documents=old()), Grade.EVIDENCE, [],
    ),
    "moved, papers of the old place": (
        changed(GOOD, placements=(AWAY, CAME), documents=old(*Paper)), Grade.LEAD,
        [f"moved_since:{kind.value}" for kind in PLACE_BOUND],
    ),
    "moved, an old sign": (
        changed(GOOD, placements=(AWAY, CAME), documents=old(Paper.SIGN)), Grade.LEAD,
        ["moved_since:public_sign"],
    ),
    "placed anew at the same point": (
        changed(GOOD, placements=(msgspec.structs.replace(AWAY, point_id="here"), CAME),
                documents=old(*Paper)),
        Grade.EVIDENCE, [],
    ),
    "everything at once": (
        changed(GOOD, documents=UNSIGNED, maintenance=(spell(FROM, None),),
                damages=(damage(FROM, None),), removed_ms=AT),
        Grade.NOTHING,
        ["unsigned:installation_consent", "under_maintenance", "damaged", "removed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "grade", "why"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_every_circumstance_decides_and_is_named(
    facts: Facts, grade: Grade, why: list[str]
) -> None:
    """OFF-11, OFF-12, OFF-23: moved, damaged or maintained devices; signed consent."""
    found = papers.standing(facts, AT)
    assert (found.grade, list(found.reasons)) == (grade, why)


def test_a_move_to_come_does_not_count_yet() -> None:
    leaves = msgspec.structs.replace(HERE, to_ms=AT + 5)
    comes = msgspec.structs.replace(CAME, point_id="there", from_ms=AT + 5)
    facts = changed(GOOD, placements=(leaves, comes))
    assert papers.standing(facts, AT + 4).grade is Grade.EVIDENCE
    assert "moved_since:public_sign" in papers.standing(facts, AT + 5).reasons


ORDER = (Grade.NOTHING, Grade.LEAD, Grade.EVIDENCE)
MOMENTS = st.integers(0, 12)
ENDS = st.none() | st.integers(13, 20)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    kind = draw(st.sampled_from(Paper))
    return Document(
        document_id=draw(st.sampled_from("abc")), device_id="probe", kind=kind, number="1",
        issued_by="x", signed_by=draw(st.sampled_from(["", "y"])),
        valid_from_ms=draw(MOMENTS), valid_to_ms=draw(ENDS | st.integers(5, 12)),
        clock_offset_ms=draw(st.sampled_from([0, 5000])) if kind is Paper.CLOCK else None,
    )  # fmt: skip


@st.composite
def facts_of(draw: st.DrawFn) -> Facts:
    """Anything that may be on record, often whole enough to be evidence."""
    whole = tuple(paper(kind, valid_from_ms=0, valid_to_ms=None) for kind in Paper)
    some = st.lists(st.builds(spell, MOMENTS, ENDS), max_size=1)
    moves = draw(st.lists(st.integers(1, 12), max_size=2, unique=True).map(sorted))
    starts, ends = [0, *moves], [*moves, None]
    return Facts(
        documents=(*draw(st.sampled_from([(), whole, whole[1:]])),
                   *draw(st.lists(documents(), max_size=4))),
        placements=tuple(
            Placement(placement_id=str(n), device_id="probe", from_ms=start, to_ms=end,
                      point_id=draw(st.sampled_from(["here", "there"])))
            for n, (start, end) in enumerate(zip(starts, ends, strict=True))
        )[draw(st.integers(0, 1)):],
        maintenance=tuple(draw(some)),
        damages=tuple(damage(one.from_ms, one.to_ms) for one in draw(some)),
        installed_ms=draw(st.sampled_from([0, 0, 3])),
        removed_ms=draw(st.sampled_from([None, None, 9])),
    )  # fmt: skip


@given(facts=facts_of(), at_ms=st.integers(0, 20))
def test_evidence_has_no_reason_against_it_and_nothing_else_has_none(
    facts: Facts, at_ms: int
) -> None:
    found = papers.standing(facts, at_ms)
    assert (found.grade is Grade.EVIDENCE) == (found.reasons == ())
    assert all(document.in_force(at_ms) for document in found.papers)
    assert {reason.split(":")[0] for reason in found.reasons} <= set(papers.REASONS)


@given(facts=facts_of(), at_ms=st.integers(0, 20), kind=st.sampled_from(Paper))
def test_a_good_paper_never_lowers_the_grade(facts: Facts, at_ms: int, kind: Paper) -> None:
    more = paper(kind, document_id="more", valid_from_ms=at_ms, valid_to_ms=at_ms + 1)
    before = papers.standing(facts, at_ms)
    after = papers.standing(changed(facts, documents=(*facts.documents, more)), at_ms)
    assert ORDER.index(after.grade) >= ORDER.index(before.grade)
    assert set(after.reasons) <= set(before.reasons)
    assert not [reason for reason in after.reasons if reason.endswith(f":{kind.value}")]


@given(facts=facts_of(), at_ms=st.integers(0, 20))
def test_what_happens_later_changes_nothing_now(facts: Facts, at_ms: int) -> None:
    later = changed(
        facts,
        maintenance=(*facts.maintenance, spell(at_ms + 1, None)),
        damages=(*facts.damages, damage(at_ms + 1, None)),
        removed_ms=facts.removed_ms if facts.removed_ms is not None else at_ms + 1,
    )
    assert papers.standing(later, at_ms) == papers.standing(facts, at_ms)
