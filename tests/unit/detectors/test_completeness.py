"""Nothing half added: every rule is registered, has cases, a legal basis and a runbook."""

from __future__ import annotations

from pathlib import Path

import pytest

import detectors.vision
from detectors.catalogue import Entry, bundled
from detectors.vision import VISION_RULES, check_rules
from tests.unit.detectors.cases import ALL_CASES

ENTRIES = bundled().entries


def test_vision_entries_and_registered_rules_are_the_same() -> None:
    """An entry without a rule would never be judged, a rule without an entry never run."""
    assert {e.rule for e in ENTRIES if e.kind == "vision"} == {r.RULE for r in VISION_RULES}
    check_rules(bundled())


def test_every_file_in_vision_is_registered() -> None:
    """A rule's file is named after the rule and stands in ``VISION_RULES``."""
    folder = Path(str(detectors.vision.__file__)).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert files == {rule.RULE for rule in VISION_RULES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.key)
def test_every_entry_has_a_hit_and_a_miss(entry: Entry) -> None:
    """At least one case that opens a spell and one that opens none."""
    cases = [case for case in ALL_CASES if case.rule_id == entry.id]
    assert any(case.expected for case in cases), f"{entry.id} has no hit"
    assert any(not case.expected for case in cases), f"{entry.id} has no miss"


def test_no_case_is_of_an_unknown_rule() -> None:
    """A case of a misspelt rule would pass as a miss for ever."""
    assert {case.rule_id for case in ALL_CASES} <= {entry.id for entry in ENTRIES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.key)
def test_every_entry_says_what_it_rests_on_and_what_to_do(entry: Entry) -> None:
    """OFF-1: a legal basis with its article, a source, and a runbook in both languages."""
    assert entry.law.name.strip()
    assert entry.law.article.strip()
    assert entry.source.strip()
    for text in (entry.title, entry.runbook):
        assert any("一" <= char <= "鿿" for char in text.zh)
        assert text.en.isascii() or "°" in text.en
    if entry.kind_of_finding == "breach":
        assert entry.penalty is not None
    else:
        assert entry.penalty is None


def test_warning_before_a_breach_says_that_it_is_none() -> None:
    """OFF-7: neither the 36-hour warning nor a forecast must read like a breach."""
    warnings = [entry for entry in ENTRIES if entry.kind_of_finding == "warning"]
    assert warnings
    for warning in warnings:
        assert "not a breach" in warning.title.en
        assert "尚未违法" in warning.title.zh


def test_advisory_limits_are_no_breach() -> None:
    """What the standard only recommends grounds no penalty."""
    assert all(e.kind_of_finding != "breach" for e in ENTRIES if e.advisory)
