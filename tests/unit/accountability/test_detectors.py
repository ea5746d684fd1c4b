"""Each check of art. 12 and 13: what it finds, and what it leaves alone."""

from __future__ import annotations

import pytest

from pipelines.accountability.law import item, law
from pipelines.accountability.leads import DETECTORS, leads
from pipelines.accountability.observed import Amount, Check, Observed, Visit
from pipelines.accountability.spread import apart, far, rate
from tests.unit.accountability.seen import HOUR, NOW, SECOND, clock, fact, matter, observed

TAKEN = fact("acknowledged", at_ms=NOW - 10 * SECOND)
QUICK = matter(TAKEN, fact("dismissed"), state="dismissed")
REVIEWS = (
    fact("review_legal", "zhou", NOW, reason_code="passed"),
    fact("review_technical", "qian", NOW, reason_code="passed"),
)
CONFIRMED, MADE = fact("confirmed", at_ms=NOW - HOUR), fact("case_made", "vigil", NOW + 1)
CASED = matter(CONFIRMED, *REVIEWS, MADE, case_id="c1")
VISIT = Visit(act_id="v1", kind="inspection", officers=("wang",), start_ms=NOW, fault="unrecorded")
DRAWN = Check(check_id="d#1", subject="act:v2", drawn_by="sun", due_ms=NOW - HOUR, answered_ms=None)
FINES = tuple(
    Amount(case_id=f"c{n}", alert_id=f"a{n}", rule_id="r1", officer_id="li", at_ms=NOW,
           yuan=1000.0 + 100 * n)
    for n in range(10)
)  # fmt: skip
HIGH = Amount(case_id="cx", alert_id="ax", rule_id="r1", officer_id="wang", at_ms=NOW, yuan=90_000)

HITS: list[tuple[str, Observed]] = [
    ("overdue_complaint", observed(clocks=(clock("clue_result", "breached"),))),
    ("overdue_complaint", observed(clocks=(clock("objection", "met_late", met_ms=NOW),))),
    ("unprocessed", observed(matter(state="open"), clocks=(clock("take_on", "breached"),))),
    ("hasty_verdict", observed(QUICK)),
    ("unrecorded_visit", observed(visits=(VISIT,))),
    ("missed_inspection", observed(checks=(DRAWN,))),
    ("unenforced_decision", observed(clocks=(clock("payment", "breached", by_party=True),))),
    ("shirking", observed(matter(*(fact("handed_back", at_ms=NOW + n) for n in range(3))))),
    ("ultra_vires", observed(matter(fact("confirmed", "stranger")))),
    ("ultra_vires", observed(matter(CONFIRMED), by_auxiliary=frozenset({CONFIRMED.fact_id}))),
    ("ultra_vires", observed(matter(CONFIRMED), unposted=frozenset({CONFIRMED.fact_id}))),
    ("skipped_procedure", observed(matter(CONFIRMED, REVIEWS[0], MADE, case_id="c1"))),
    ("skipped_procedure", observed(matter(
        CONFIRMED, fact("review_legal", reason_code="passed"), REVIEWS[1], MADE, case_id="c1"))),
    ("wrong_basis", observed(matter(CONFIRMED, in_force=False))),
    ("wrong_basis", observed(matter(CONFIRMED, in_force=None))),
    ("thin_evidence", observed(matter(CONFIRMED, *REVIEWS, MADE, case_id="c1", sealed=0))),
    ("thin_evidence", observed(matter(CONFIRMED, *REVIEWS, MADE, case_id="c1", grade="lead"))),
    ("discretion_outlier", observed(amounts=(*FINES, HIGH))),
    ("deadline_breach", observed(clocks=(clock("service", "met_late", met_ms=NOW),))),
]  # fmt: skip
MISSES: list[tuple[str, Observed]] = [
    ("nothing at all", observed()),
    ("all in order", observed(CASED)),
    ("in time", observed(clocks=(clock("clue_result", "met"), clock("verdict", "running")))),
    ("the party's own time", observed(clocks=(clock("party_answer", "breached", by_party=True),))),
    ("quick, but looked", observed(matter(TAKEN, fact("dismissed"), looked_ms={"wang": NOW - 5}))),
    ("slow", observed(matter(fact("acknowledged", at_ms=NOW - HOUR), fact("dismissed")))),
    ("handed back twice", observed(matter(fact("handed_back"), fact("handed_back", at_ms=1)))),
    ("no register is kept", observed(matter(CONFIRMED), register_kept=False,
                                     unposted=frozenset({CONFIRMED.fact_id}))),
    ("no case yet", observed(matter(CONFIRMED, grade="lead"))),
    ("fines alike", observed(amounts=FINES)),
    ("answered in time", observed(checks=(Check(check_id="d", subject="s", drawn_by="sun",
                                                due_ms=NOW, answered_ms=NOW - 1),))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "seen"), HITS, ids=[f"{c}-{n}" for n, (c, _) in enumerate(HITS)])
def test_a_detector_finds_its_own_and_cites_it(code: str, seen: Observed) -> None:
    """ACC-12, ACC-13: overdue, unprocessed, missed or fake, unenforced, shirked; beyond power,
    skipped, wrong basis, thin, outlying, late: a lead with article, facts and figures."""
    found = [lead for lead in leads(seen) if lead.code == code]
    assert found, [lead.code for lead in leads(seen)]
    article = next(one.article for one in DETECTORS if one.code == code)
    assert all(lead.article == article and lead.facts and lead.measured for lead in found)
    assert item(law().fault, article) is not None


@pytest.mark.parametrize("seen", [seen for _, seen in MISSES], ids=[name for name, _ in MISSES])
def test_what_is_in_order_gives_no_lead(seen: Observed) -> None:
    """ACC-12, ACC-13: a detector that cried at everything would shield whoever did wrong."""
    assert leads(seen) == []


def test_every_paragraph_has_a_detector_and_every_detector_a_hit() -> None:
    """ACC-12, ACC-13: all of 12 (1) to (5) and 13 (1) to (6)."""
    assert {one.article for one in DETECTORS} == {one.code for one in law().fault}
    assert {one.code for one in DETECTORS} == {code for code, _ in HITS}


def test_dismissals_far_from_the_peers_are_told_with_n_and_interval() -> None:
    """ACC-13 (5): of 30 verdicts 28 dismissed, of the peers' 60 ten; few verdicts say nothing."""

    def verdicts(who: str, dismissed: int, of: int) -> list[object]:
        return [
            matter(fact("dismissed" if n < dismissed else "confirmed", who), alert_id=f"{who}{n}")
            for n in range(of)
        ]

    many = observed(*verdicts("wang", 28, 30), *verdicts("li", 10, 60))  # type: ignore[arg-type]
    found = [lead for lead in leads(many) if lead.code == "discretion_outlier"]
    assert {lead.officer_id for lead in found} == {"wang", "li"}
    wang = next(lead for lead in found if lead.officer_id == "wang").measured
    assert (wang["n"], wang["peers_n"], wang["share"]) == (30, 60, 0.9333)
    assert float(wang["low"]) > float(wang["peers_high"])
    few = observed(*verdicts("wang", 10, 10), *verdicts("li", 10, 60))  # type: ignore[arg-type]
    assert [lead for lead in leads(few) if lead.code == "discretion_outlier"] == []


def test_the_interval_is_wilsons() -> None:
    """ACC-13 (5): against figures worked out by hand (z 2.5758): 0 of 20 and 10 of 20."""
    none, half = rate([False] * 20), rate([True, False] * 10)
    assert none.low == 0.0
    assert none.high == pytest.approx(0.2491, abs=1e-4)  # z²/(n + z²)
    assert (half.low + half.high) / 2 == pytest.approx(0.5)
    assert half.high == pytest.approx(0.7496, abs=2e-3)
    assert not apart(rate([True] * 19), rate([False] * 90))


def test_a_fine_is_far_by_the_median_of_its_own_rule() -> None:
    """ACC-13 (5): eight peers at least, and not all the same."""
    assert far(90_000, [one.yuan for one in FINES]) is not None
    assert far(90_000, [1000.0] * 20) is None
    assert far(90_000, [1.0, 2.0, 3.0]) is None
