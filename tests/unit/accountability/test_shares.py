"""Art. 10 and 11, paragraph by paragraph, as a table of matters."""

from __future__ import annotations

import pytest

from pipelines.accountability.findings import Finding, Objection, Person
from pipelines.accountability.threshold import Elements
from tests.unit.accountability.persons import (
    FAULT,
    degrees,
    objection,
    person,
    proposed,
    yes,
)

HANDLER, SECOND = person("wang"), person("li")
REVIEWER, APPROVER = person("zhou", "reviewer"), person("sun", "approver")
SECTION, HEAD = person("qian", "superior", "section_head"), person("wu", "superior", "unit_head")
CHARGE = person("zheng", "superior", "in_charge")
HELPER = person("he", auxiliary=True, alone=False)
LONER = person("lone", auxiliary=True, alone=True)

TABLE: list[tuple[str, list[Person], list[Finding], list[Objection], dict[str, str]]] = [
    ("(1) one conceals", [HANDLER, APPROVER], [yes("concealed", "wang")], [], {"wang": "sole"}),
    ("(1) two conceal", [HANDLER, SECOND], [yes("concealed", "wang"), yes("concealed", "li")], [],
     {"wang": "joint", "li": "joint"}),
    ("(1) with an auxiliary", [HANDLER, HELPER], [yes("concealed", "wang"), yes("concealed", "he")],
     [], {"wang": "main", "he": "secondary"}),
    ("(1) the auxiliary was alone", [LONER, APPROVER], [yes("concealed", "lone")], [],
     {"lone": "sole"}),
    ("(2) heads were not lax", [HANDLER, SECTION, HEAD],
     [yes("careless", "wang"), yes("lax", "qian", "no"), yes("lax", "wu", "no")], [],
     {"wang": "main"}),
    ("(2) both heads were lax", [HANDLER, SECTION, HEAD],
     [yes("careless", "wang"), yes("lax", "qian"), yes("lax", "wu")], [],
     {"wang": "main", "qian": "secondary", "wu": "secondary"}),
    ("(2) lax heads alone bear nothing", [HANDLER, SECTION], [yes("lax", "qian")], [], {}),
    ("(3) the head did not know", [HANDLER, HEAD],
     [yes("unapproved", "wang"), yes("head_knew", "wu", "no")], [], {"wang": "main"}),
    ("(3) the head knew", [HANDLER, HEAD], [yes("unapproved", "wang"), yes("head_knew", "wu")], [],
     {"wang": "joint", "wu": "joint"}),
    ("(3) whether the head knew is open", [HANDLER, HEAD], [yes("unapproved", "wang")], [], {}),
    ("(4) the reviewer should have seen", [HANDLER, REVIEWER],
     [yes("wrong_proposal", "wang"), yes("review_missed", "zhou")], [],
     {"wang": "main", "zhou": "secondary"}),
    ("(4) the reviewer could not", [HANDLER, REVIEWER],
     [yes("wrong_proposal", "wang"), yes("review_missed", "zhou", "no")], [], {"wang": "sole"}),
    ("(5) a right opinion not taken", [HANDLER, REVIEWER, APPROVER],
     [yes("right_opinion_overruled", "sun")], [objection("wang", "sun")], {"sun": "sole"}),
    ("(6) the head is inactive", [HEAD, CHARGE], [yes("inactive", "wu"), yes("inactive", "zheng")],
     [], {"wu": "joint", "zheng": "joint"}),
    ("(7) ordered after an objection", [HANDLER, HEAD], [yes("ordered_after_objection", "wu")],
     [objection("wang", "wu")], {"wu": "sole"}),
    ("(7) no objection on record", [HANDLER, HEAD], [yes("ordered_after_objection", "wu")], [], {}),
    ("(7) the objection was not answered", [HANDLER, HEAD], [yes("ordered_after_objection", "wu")],
     [objection("wang", "wu", None)], {}),
    ("(1) and (5) together", [HANDLER, APPROVER],
     [yes("concealed", "wang"), yes("right_opinion_overruled", "sun")], [],
     {"wang": "joint", "sun": "joint"}),
]  # fmt: skip


@pytest.mark.parametrize(("people", "findings", "objections", "wanted"),
                         [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])  # fmt: skip
def test_each_paragraph_of_article_11(
    people: list[Person], findings: list[Finding], objections: list[Objection],
    wanted: dict[str, str],
) -> None:  # fmt: skip
    """ACC-11: (1) to (7), auxiliaries, and two or more jointly, as the text has them."""
    found = proposed(people, *findings, objections=objections)
    assert degrees(found) == wanted
    assert {who for who, _ in found.without} == {p.officer_id for p in people} - wanted.keys()
    for share in found.shares:
        assert any(fact.startswith("did-") for fact in share.facts)
        assert share.paragraphs


def test_a_share_cites_paragraph_findings_and_who_else() -> None:
    """ACC-11 (2): what is proposed names the facts it rests on."""
    found = proposed([HANDLER, SECTION], yes("careless", "wang"), yes("lax", "qian"))
    main, secondary = sorted(found.shares, key=lambda one: one.degree)
    assert (main.facts, main.paragraphs) == (("careless-wang", "did-wang"), ("11.2",))
    assert (secondary.facts, secondary.with_) == (("did-qian", "lax-qian"), ())


def test_an_objector_is_relieved_and_the_record_is_cited() -> None:
    """ACC-11 (7): with the record of the objection the superior bears it; the officer does not."""
    found = proposed(
        [HANDLER, HEAD], yes("ordered_after_objection", "wu"), objections=[objection("wang", "wu")]
    )
    assert dict(found.without) == {"wang": "relieved_11.7"}
    assert "objection-wang" in found.shares[0].facts
    both = proposed(
        [HANDLER, HEAD], yes("ordered_after_objection", "wu"), yes("careless", "wang"),
        objections=[objection("wang", "wu")],
    )  # fmt: skip
    assert degrees(both) == {"wang": "joint", "wu": "joint"}
    assert ("objected_yet_found", ("wang",)) in both.weigh


def test_what_is_unknown_is_said_and_nothing_is_guessed() -> None:
    """ACC-11 (3), (7): a paragraph that turns on an open question proposes nothing."""
    open_ = proposed([HANDLER, HEAD], yes("unapproved", "wang"))
    assert {(one.code, one.officer_id) for one in open_.unknown} == {
        ("head_knew", "wu"), ("head_knew", "wang")
    }  # fmt: skip
    assert dict(open_.without) == {"wang": "waits", "wu": "waits"}
    no_record = proposed([HANDLER, HEAD], yes("ordered_after_objection", "wu"))
    assert [one.code for one in no_record.unknown] == ["objection_record"]
    silent = proposed([HANDLER, HEAD], yes("unapproved", "wang", "unknown"))
    assert [one.code for one in silent.unknown] == ["unapproved"]


def test_an_officer_beside_an_auxiliary_leads_by_the_letter_and_a_person_weighs_it() -> None:
    """ACC-11: the auxiliary's fault is found; the text makes the officer main, and says so."""
    found = proposed([HANDLER, HELPER], yes("careless", "he"))
    assert degrees(found) == {"wang": "main", "he": "secondary"}
    assert ("main_by_opening_only", ("wang",)) in found.weigh
    unsaid = proposed([person("he", auxiliary=True)], yes("careless", "he"))
    assert ("auxiliary_alone_not_recorded", ("he",)) in unsaid.weigh


@pytest.mark.parametrize("element", ["mind", "performance", "harm"])
@pytest.mark.parametrize(
    ("value", "kind"), [("", "open"), ("unknown", "open"), ("neither", "absent")]
)
def test_without_all_three_elements_nothing_is_proposed(
    element: str, value: str, kind: str
) -> None:
    """ACC-6: intent or negligence, non- or illegal performance, and harm: all of them, or none."""
    values = {"mind": FAULT.mind, "performance": FAULT.performance, "harm": FAULT.harm}
    lacking = Elements(**(values | {element: value}))
    found = proposed([HANDLER], yes("concealed", "wang"), elements=lacking)
    assert getattr(found, kind) == (element,)
    assert found.shares == ()


def test_a_collective_decision_is_the_organising_units() -> None:
    """ACC-10: the unit that called the meeting is named; persons found beside it are weighed."""
    found = proposed([HANDLER], collective_unit="water")
    assert (found.unit, found.shares) == ("water", ())
    beside = proposed([HANDLER], yes("concealed", "wang"), collective_unit="water")
    assert ("collective_and_persons", ("wang",)) in beside.weigh


def test_contradictions_are_refused() -> None:
    """ACC-11: nobody twice, no finding of somebody else or in a capacity they had not."""
    for people, findings in (
        ([HANDLER, HANDLER], []),
        ([HANDLER], [yes("careless", "li")]),
        ([HANDLER], [yes("review_missed", "wang")]),
        ([HANDLER], [yes("careless", "wang"), yes("careless", "wang", "no")]),
        ([HANDLER], [yes("bewitched", "wang")]),
    ):
        with pytest.raises(ValueError, match=r"."):
            proposed(people, *findings)
    with pytest.raises(ValueError, match="mind"):
        proposed([HANDLER], elements=Elements(mind="greed"))
