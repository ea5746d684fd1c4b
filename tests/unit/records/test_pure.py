"""Acts, gaps, coverage, checklist, equipment and draws, without a database."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from pipelines.records.acts import acts
from pipelines.records.checklist import (
    BadChecklist,
    checked,
    empty_form,
    missing,
    questions,
    script,
)
from pipelines.records.coverage import Cover, cover, rates
from pipelines.records.equipment import limits, taxa, unfit
from pipelines.records.findings import found, known, place
from pipelines.records.gaps import gaps, share_covered
from pipelines.records.origin import signatures
from pipelines.records.spot import QUESTIONS, half_span, order, population_digest
from pipelines.records.types import NotTaken

MINUTE = 60_000


def _record(start: int, end: int, **changes: Any) -> dict[str, Any]:
    return {
        "record_id": f"r{start}", "session_id": "s", "start_ms": start * MINUTE,
        "end_ms": end * MINUTE, "pauses": [], "officers": ["li"], "party_id": None, **changes,
    }  # fmt: skip


def _act(start: int, end: int, **changes: Any) -> dict[str, Any]:
    return {
        "act_id": "a", "kind": "inspection", "unit_id": "u", "officers": ["li", "wang"],
        "party_id": "p", "start_ms": start * MINUTE, "end_ms": end * MINUTE,
        "unrecorded_reason": "", **changes,
    }  # fmt: skip


def test_acts_that_must_be_recorded() -> None:
    """AV-11, AV-12, AV-13: what articles 11, 12 and 29 list, and nothing more."""
    by_row = Counter(act.row for act in acts().values() if act.must)
    assert by_row == {"AV-11": 8, "AV-12": 3, "AV-13": 2}
    continuous = {code for code, act in acts().items() if act.continuous}
    assert continuous == {"seizure", "contested", "obstruction", "emergency", "major"}
    assert {c for c, act in acts().items() if act.permanent} == {"contested", "obstruction"}
    assert not acts()["routine"].must


def test_gaps_lie_within_files_and_between_them() -> None:
    """AV-18: a pause within a file and a hole between two are interruptions; a second is none."""
    pause = [[2 * MINUTE, 3 * MINUTE], [4 * MINUTE, 4 * MINUTE + 900]]
    rows = [_record(0, 10, pauses=pause), _record(12, 20), _record(20, 25)]
    stated = [
        {"start_ms": 10 * MINUTE, "end_ms": 12 * MINUTE, "reason": "battery",
         "explained_aloud": True, "note": ""},
    ]  # fmt: skip
    found_ = gaps(rows, stated)
    assert [(g.start_ms // MINUTE, g.end_ms // MINUTE, g.reason, g.open) for g in found_] == [
        (2, 3, "", True), (10, 12, "battery", False),
    ]  # fmt: skip


def test_a_reason_that_was_not_spoken_leaves_the_gap_open() -> None:
    """AV-18: at the restart the reason is to be said on the record."""
    stated = [
        {"start_ms": 0, "end_ms": 90 * MINUTE, "reason": "weather", "explained_aloud": False,
         "note": ""},
    ]  # fmt: skip
    (gap,) = gaps([_record(0, 10), _record(12, 20)], stated)
    assert gap.open
    assert gap.reason == "weather"


def test_a_second_camera_closes_the_gap() -> None:
    """AV-18, AV-19: what another officer's camera of the session recorded is no gap."""
    assert gaps([_record(0, 10), _record(9, 13), _record(12, 20)]) == []


def test_coverage_by_time_officer_and_party() -> None:
    """AV-11: an act is covered by records of its officers, its party and its time."""
    acts_ = [_act(0, 10), _act(20, 30, act_id="b"), _act(40, 50, act_id="c")]
    records = [
        _record(0, 10), _record(20, 25), _record(40, 50, officers=["zhao"]),
        _record(40, 50, party_id="q"),
    ]  # fmt: skip
    whole, partly, none = cover(acts_, records)
    assert (whole.cover, whole.fault) == (Cover.WHOLE, "")
    assert (partly.cover, partly.share, partly.fault) == (Cover.PARTLY, 0.5, "partly")
    assert (none.cover, none.fault) == (Cover.NOT, "unrecorded")
    share = rates([whole, partly, none])
    assert (share.must, share.whole, share.partly, share.unrecorded) == (3, 1, 1, 1)
    assert share.share == pytest.approx(1 / 3)


def test_an_unbroken_act_with_a_gap_is_a_fault() -> None:
    """AV-12, AV-13: a seizure recorded with a break is listed, whatever the reason was."""
    records = [_record(0, 10), _record(10, 30, start_ms=10 * MINUTE + 5000)]
    (seizure,) = cover([_act(0, 30, kind="seizure")], records)
    (inspection,) = cover([_act(0, 30)], records)
    assert seizure.fault == "broken"
    assert inspection.fault == ""


def test_an_excused_act_is_neither_covered_nor_missing() -> None:
    """AV-20: secrecy or force majeure stops the recording rightly."""
    (one,) = cover([_act(0, 10, unrecorded_reason="secrecy")], [])
    assert (one.cover, one.fault) == (Cover.EXCUSED, "")
    assert rates([one]).share is None


def test_times_must_be_those_of_the_document() -> None:
    """AV-16: a record that begins ten minutes before its document is listed."""
    (one,) = cover([_act(10, 30)], [_record(0, 30)])
    assert one.cover is Cover.WHOLE
    assert (one.fault, one.differs_ms) == ("times", 10 * MINUTE)


def test_share_covered_of_a_span() -> None:
    """AV-11: half covered is a half."""
    assert share_covered((0, 100), [(0, 25), (75, 200)]) == 0.5


def test_the_checklist_asks_what_the_articles_want() -> None:
    """AV-10, AV-14 to AV-17, AV-19, AV-20: each has its question, in both languages."""
    rows = {q.row for q in questions()}
    assert rows == {"AV-10", "AV-14", "AV-15", "AV-16", "AV-17", "AV-19", "AV-20"}
    assert sum(q.row == "AV-16" for q in questions()) == 5
    assert all(q.zh and q.en for q in questions())


def test_missing_answers() -> None:
    """AV-17, AV-19: a landmark is asked for outdoors only, one session for several steps only."""
    yes = {q.code: "yes" for q in questions() if q.when == "always"}
    assert missing(yes, off_office=False) == []
    assert [q.code for q in missing(yes, off_office=True)] == ["landmark"]
    assert [q.code for q in missing(yes, off_office=False, steps=2)] == ["one_session"]


def test_answers_are_yes_no_or_not_applicable() -> None:
    """AV-14: TOML's true and false are taken, an unknown question is not."""
    assert checked({"told": True, "scene": "n/a", "people": ""}) == {"told": "yes", "scene": "n/a"}
    with pytest.raises(BadChecklist, match="no question 'x'"):
        checked({"x": "yes"})
    with pytest.raises(BadChecklist, match="write yes, no or n/a"):
        checked({"told": "ja"})
    assert all(f"\n{q.code} = " in empty_form() for q in questions())


def test_the_opening_words_are_those_of_article_15() -> None:
    """AV-15: word for word, names filled in; blanks stay blanks."""
    said = script(
        authority="婺城卫健",
        officers=("李", "王"),
        matter="泳池水质",
        now=dt.datetime(2026, 11, 24, 9, 5, tzinfo=dt.UTC),
    )
    assert (
        "您好！我们是婺城卫健执法人员李和王，这是我们的行政执法证（出示执法证），"
        "今天就泳池水质事项对你单位进行监督检查。为保护您的合法权益，监督我们的执法行为，"
        "本次执法过程将全程音像记录。"
    ) in said
    assert "2026年11月24日09时05分" in said
    assert "＿＿＿＿" in said


def test_equipment_is_told_apart_and_judged() -> None:
    """AV-1, AV-2, AV-3, AV-7, AV-10: what there is, what it lacks, whether its clock is right."""
    assert {code for code, t in taxa().items() if not t.both} == {
        "camera", "voice_recorder", "workstation",
    }  # fmt: skip
    good = ["high_definition", "capacity", "smooth", "integrity"]
    row: dict[str, Any] = {
        "capabilities": good, "clock_offset_ms": 0, "works": True, "checked_ms": 0,
    }  # fmt: skip
    assert unfit(row, 1) == []
    assert unfit({**row, "capabilities": good[1:]}, 1) == ["lacks:high_definition"]
    assert unfit({**row, "clock_offset_ms": -limits().clock_offset_ms - 1}, 1) == ["clock"]
    assert unfit({**row, "works": False}, 1) == ["broken"]
    assert unfit({**row, "checked_ms": None, "clock_offset_ms": None}, 1) == ["unchecked"]


def test_a_draw_can_be_repeated_and_not_steered() -> None:
    """AV-32: the order hangs on seed, log and population; on nothing else."""
    people = [("record", str(n)) for n in range(50)]
    once = order(people, seed="s", checkpoint="c")
    assert once == order(list(reversed(people)), seed="s", checkpoint="c")
    assert sorted(once) == sorted(people)
    assert once != order(people, seed="t", checkpoint="c")
    assert once != order(people, seed="s", checkpoint="d")
    assert population_digest(people) != population_digest(people[1:])


def test_a_draw_is_fair() -> None:
    """AV-32: over 2,000 seeds each of ten is first about as often: chi-square below its 99.9 %."""
    people = [("act", str(n)) for n in range(10)]
    firsts = Counter(order(people, seed=str(n), checkpoint="")[0] for n in range(2000))
    chi = sum((firsts[one] - 200) ** 2 / 200 for one in people)
    assert chi < 27.9


def test_half_years() -> None:
    """AV-32: every half-year."""
    first, last = half_span("2026H1")
    assert (first, last) == (half_span("2025H2")[1], half_span("2026H2")[0])
    with pytest.raises(NotTaken, match="2026H1 or 2026H2"):
        half_span("2026Q1")


def test_the_questions_are_those_of_the_articles() -> None:
    """AV-33, AV-34: on site recorded, conduct, handling; devices secure, lawful, kept."""
    assert [code for code, _, _ in QUESTIONS["act"]] == ["recorded", "conduct", "handling"]
    assert [code for code, _, _ in QUESTIONS["device"]] == ["security", "lawful", "upkeep"]


def test_every_finding_speaks_both_languages() -> None:
    """AV-18, AV-35: words for every code, severities that are known, software with confidence."""
    for code, words in known().items():
        assert words.severity in {"high", "medium", "low"}, code
        assert words.zh
        assert words.en
    assert all(0 < one.confidence < 1 for one in signatures())
    lead = found("time_gap", at_s=3723.46, gap_s=1.23456, usual_s=0.04)
    assert lead.measured == {"gap_s": 1.235, "usual_s": 0.04}
    assert "1:02:03.5" in lead.zh
    assert place(0) == "0:00:00.0"
