"""The gate's and the checklist's data fit the catalogue, the policy and the texts."""

from __future__ import annotations

from dashboards.texts import catalogue as texts
from detectors.catalogue import bundled
from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.quality.checklist import KINDS, checklist
from pipelines.quality.criteria import POINTS, Limits, criteria
from pipelines.quality.review import BadReview
from pipelines.quality.sign import ACTIONS


def test_every_device_rule_disturbs_something() -> None:
    """OFF-13: what says that a device is at fault makes its evidence unstable or untimely."""
    disturbs = criteria().disturbs
    listed = {*disturbs.camera, *disturbs.sensor, *disturbs.clock}
    rules = {e.id for e in bundled().entries if e.kind_of_finding == "device"}
    assert listed == rules


def test_every_rule_over_pictures_says_whom_it_shows() -> None:
    """OFF-16: a person, or the place itself."""
    rules = {entry.id for entry in bundled().entries if entry.kind == "vision"}
    assert set(criteria().shows) == rules


def test_every_limit_says_where_it_comes_from() -> None:
    """Engineering defaults are called that."""
    for name in Limits.__struct_fields__:
        limit = getattr(criteria().limits, name)
        assert limit.source, name
        assert limit.confidence != "eng" or "ngineering default" in limit.source, name


def test_the_checklist_asks_for_all_three_and_every_point() -> None:
    """OFF-16: legality, objectivity, relevance; art. 41: by law and by technique."""
    asked = checklist().question
    assert {question.aspect for question in asked} == {"legality", "objectivity", "relevance"}
    assert {point for question in asked for point in question.points} == set(POINTS)
    assert len({question.id for question in asked}) == len(asked)
    for kind in KINDS:
        assert len(checklist().of(kind)) >= 5
    for question in asked:
        assert all((question.asked.zh, question.asked.en, question.basis.zh, question.basis.en))


def test_some_role_may_sign_each_review_and_some_may_not() -> None:
    """The policy is the one table of who may."""
    roles = ("officer", "reviewer", "leader", "archivist", "analyst", "admin")
    target = Target(kind="alert", id="a", unit_id="u")
    may = {
        action: {
            role
            for role in roles
            if decide(Actor(officer_id="x", role=role, unit_id="u"), action, target).allowed
        }
        for action in ACTIONS.values()
    }
    assert may[Action.REVIEW_LEGAL] == {"reviewer", "leader"}
    assert {"officer", "reviewer", "archivist"} <= may[Action.REVIEW_TECHNICAL]
    assert "analyst" not in may[Action.REVIEW_TECHNICAL]


def test_every_code_has_a_text() -> None:
    """Points, figures and refusals, in both languages."""
    wanted = [f"point.{code}" for code in POINTS]
    wanted += [f"review.{kind}" for kind in KINDS]
    wanted += [
        f"review_problem.{code}"
        for code in (
            "unknown_question", "unanswered", "words_missing", "conclusion_missing",
            "words_too_long", "passed_despite_no", "stale_evidence", "same_person", "role",
            "scope", "no_such_evidence",
        )
    ]  # fmt: skip
    assert [key for key in wanted if key not in texts("zh")] == []
    assert BadReview("x").code == "x"
