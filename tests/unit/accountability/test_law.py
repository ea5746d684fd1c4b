"""The regulation as data, and what may be said in a file by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.accountability.findings import BY_CODE, ELEMENTS
from pipelines.accountability.law import Item, law
from pipelines.accountability.said import Ground, NotSaid, read, shown_of
from pipelines.accountability.states import ACTS, STATES, allowed


def test_the_scope_is_article_2s() -> None:
    """ACC-1, ACC-2: permit, penalty, coercion, confirmation, benefit, adjudication, levy,
    inspection, and the rest; of health enforcement staff."""
    assert [one.zh for one in law().activity][:8] == [
        "行政许可", "行政处罚", "行政强制", "行政确认",
        "行政给付", "行政裁决", "行政征收", "行政检查",
    ]  # fmt: skip
    assert law().activity[-1].code == "other"


@pytest.mark.parametrize("ground", law().exemption, ids=lambda one: one.code)
def test_each_exemption_of_article_8_wants_its_evidence(ground: Item) -> None:
    """ACC-8: twelve codes; each is shown only when all that its own words require is."""
    needs = [code for code, _, _ in law().needs_of(ground)]
    assert needs
    empty = read("ground", {"words": "w", "code": ground.code})
    assert isinstance(empty, Ground)
    assert shown_of(empty) == (ground, tuple(needs))
    full = read("ground", {"words": "w", "code": ground.code, "shown": dict.fromkeys(needs, "f")})
    assert isinstance(full, Ground)
    assert shown_of(full) == (ground, ())
    assert (ground.modal, len(law().exemption)) == ("may", 12)
    with pytest.raises(NotSaid, match="does not ask"):
        read("ground", {"words": "w", "code": ground.code, "shown": {"moon": "f"}})


@pytest.mark.parametrize("ground", law().innovation, ids=lambda one: one.code)
def test_innovation_wants_study_review_and_collective_decision(ground: Item) -> None:
    """ACC-9: each of the four cases, with what the article's first sentence requires of all."""
    needs = [code for code, _, _ in law().needs_of(ground)]
    assert needs[:4] == ["policy", "study", "project_review", "collective"]
    assert len(needs) > 4
    assert (ground.modal, len(law().innovation)) == ("shall", 4)


def test_mitigation_may_and_aggravation_shall() -> None:
    """ACC-14, ACC-15: 可以从轻或者减轻; 应当从重."""
    assert [(one.code, one.modal) for one in law().mitigation] == [
        ("14.1", "may"), ("14.2", "may"), ("14.3", "may")
    ]  # fmt: skip
    assert {one.modal for one in law().aggravation} == {"shall"}
    assert len(law().aggravation) == 5
    assert all(law().needs_of(one) for one in (*law().mitigation, *law().aggravation))


def test_seven_outcomes_and_two_of_them_for_units() -> None:
    """ACC-17: units meet with written self-review and circulated criticism only."""
    assert [one.zh for one in law().outcome] == [
        "责令作出书面检查", "通报批评", "暂扣行政执法证件",
        "调离行政执法岗位", "责令辞去职务", "免职", "辞退",
    ]  # fmt: skip
    assert [one.code for one in law().outcome if one.of_unit] == ["17.1", "17.2"]
    for code, fits in (("17.1", True), ("17.2", True), *((f"17.{n}", False) for n in range(3, 8))):
        body: dict[str, Any] = {
            "words": "w", "proposal": "p", "sanction": False,
            "outcomes": [{"degree": "unit", "outcomes": [code], "ground": "g"}],
        }  # fmt: skip
        if fits:
            read("decide", body)
        else:
            with pytest.raises(NotSaid, match="not for units"):
                read("decide", body)


@pytest.mark.parametrize(
    ("act", "body", "code"),
    [
        ("element", {"words": "w", "element": "mind", "value": "greed"}, "unknown_code"),
        ("element", {"words": "w", "element": "performance", "value": "illegal"}, "unknown_code"),
        ("element", {"words": "w", "element": "performance", "value": "illegal", "fault": "12.1"},
         "unknown_code"),
        ("element", {"words": " ", "element": "mind", "value": "intent"}, "incomplete"),
        ("finding", {"words": "w", "code": "bad", "officer_id": "x", "answer": "yes"},
         "unknown_code"),
        ("opinion", {"words": "w", "body": "b", "level": "municipal", "sha256": "x"}, "incomplete"),
        ("opinion", {"words": "w", "body": "b", "level": "county", "sha256": "0" * 64},
         "incomplete"),
        ("reply", {"words": "w", "result": "upheld", "told": False}, "not_told"),
        ("drop", {"words": "w", "basis": "14.1"}, "unknown_code"),
        ("decide", {"words": "w", "proposal": "p", "sanction": False, "outcomes": []},
         "incomplete"),
        ("dance", {"words": "w"}, "unknown_act"),
        ("tell", {"words": "w", "surprise": 1}, "incomplete"),
        ("statement", {"words": "w" * 5000}, "incomplete"),
    ],
)  # fmt: skip
def test_what_the_regulation_does_not_know_is_refused(
    act: str, body: dict[str, Any], code: str
) -> None:
    """ACC-6, ACC-16, ACC-17, ACC-19: an expert opinion is of a municipal authority or higher; a
    reply is one when told; nothing is entered half."""
    with pytest.raises(NotSaid) as caught:
        read(act, body)
    assert caught.value.code == code


def test_the_table_of_acts_is_closed() -> None:
    """ACC-19, ACC-20, ACC-22: every state is reached, every act is somewhere allowed, none after
    the end."""
    assert {act.to for act in ACTS.values()} - {None} == set(STATES) - {"open"}
    assert allowed("closed") == ()
    assert {name for state in STATES for name in allowed(state)} == set(ACTS)
    assert {"statement", "ask_review"} == {n for n, act in ACTS.items() if act.by == "concerned"}


def test_every_element_and_circumstance_has_a_name_in_both_languages() -> None:
    """ACC-6, ACC-11: what a person is asked stands in the texts."""
    from dashboards.texts import catalogue  # noqa: PLC0415  the site's, asked for here only

    for language in ("zh", "en"):
        texts = catalogue(language)
        wanted = [f"duty_circumstance.{code}" for code in BY_CODE]
        wanted += [f"duty_element.{name}" for name in ELEMENTS]
        wanted += [f"duty_value.{v}" for values in ELEMENTS.values() for v in values]
        wanted += [f"duty_act.{act}" for act in (*ACTS, "open")]
        wanted += [f"duty_state.{state}" for state in STATES]
        assert [key for key in wanted if key not in texts] == []


def test_all_22_rows_are_named_by_tests() -> None:
    """ACC-1 to ACC-22: each in the docstring of a test of this room; see the other modules."""
    import re  # noqa: PLC0415

    tests = Path(__file__).parents[2]
    pages = [
        p for part in ("unit", "contract") for p in (tests / part / "accountability").glob("*.py")
    ]
    pages += list((tests / "browser").glob("test_duty.py"))
    named: set[int] = set()
    for page in pages:
        for said in re.findall(r'def test_[^"]*"""(.*?)"""', page.read_text("utf-8"), re.DOTALL):
            if "ACC-1 to ACC-22" not in said:
                named |= {int(n) for n in re.findall(r"ACC-(\d+)", said)}
    assert set(range(1, 23)) - named == set()
