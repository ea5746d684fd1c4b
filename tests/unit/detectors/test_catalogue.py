"""What the loader refuses, how it says so, and which version is in force when."""

from __future__ import annotations

import pytest

from detectors.catalogue import Catalogue, CatalogueError, parse
from detectors.vision import check_rules
from tests.unit.detectors.streams import DAY_MS

_GOOD = """
[[entry]]
id = "pool-x"
version = "1"
valid_from = 2026-01-01
valid_to = 2026-03-02
kind = "limit"
kind_of_finding = "breach"
title = {zh = "测", en = "x"}
site_kinds = ["pool"]
quantity = "free_chlorine"
unit = "mg/L"
low = 0.3
high = 1.0
hysteresis = 0.1
severity = "high"
law = {name = "L", article = "1"}
penalty = {name = "P", article = "2"}
source = "s"
confidence = "P"
runbook = {zh = "办", en = "do"}
parameters = {readings_min = 1}
"""


def _second(version: str, valid_from: str) -> str:
    return (
        _GOOD.replace('version = "1"', f'version = "{version}"')
        .replace("valid_from = 2026-01-01", f"valid_from = {valid_from}")
        .replace("valid_to = 2026-03-02\n", "")
    )


def _one(text: str) -> Catalogue:
    return parse({"pool.toml": text})


def test_the_good_entry_is_good() -> None:
    """Without this the refusals below would prove nothing."""
    assert [entry.key for entry in _one(_GOOD).entries] == ["pool-x@1"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('severity = "high"', 'severity = "awful"', "awful"),
        ('unit = "mg/L"', 'unit = "mg/dL"', "unknown unit 'mg/dL'"),
        ("low = 0.3", "low = 1.3", "low 1.3 is not below high 1.0"),
        ("hysteresis = 0.1", "hysteresis = 0.4", "leaves no good value"),
        ("hysteresis = 0.1", "hysteresis = -0.1", "hysteresis is negative"),
        ("valid_to = 2026-03-02", "valid_to = 2025-03-02", "not after valid_from"),
        ('source = "s"', 'source = " "', "source is empty"),
        ('law = {name = "L", article = "1"}', 'law = ""', "law"),
        ('law = {name = "L", article = "1"}', 'law = {name = "L", article = ""}', "law.article"),
        ('runbook = {zh = "办", en = "do"}', 'runbook = {zh = "", en = "do"}', "runbook.zh"),
        ('kind = "limit"', 'kind = "limit"\ncolour = "red"', "colour"),
        ("{readings_min = 1}", "{readings_max = 1}", "parameters.readings_min is missing"),
        ("{readings_min = 1}", "{readings_min = 1, odd = 1}", "parameters.odd is unknown"),
        ("low = 0.3\nhigh = 1.0", "", "low or high"),
        ('site_kinds = ["pool"]', "site_kinds = []", "site_kinds is empty"),
        ('kind_of_finding = "breach"', 'kind_of_finding = "lead"', "carries no penalty"),
        ('site_kinds = ["pool"]', 'site_kinds = ["pond"]', "unknown kind of site 'pond'"),
        ('"free_chlorine"', '"chlorine"', "unknown quantity 'chlorine'"),
        ("high = 1.0", "high = 100.0", "outside what is possible: 0 to 50 mg/L"),
        ('severity = "high"', 'severity = "high"\nadvisory = true', "only advised is no breach"),
        ('severity = "high"', 'severity = "high"\nwritten = "x"', "filled in at load"),
        ('unit = "mg/L"', 'unit = "mg/L"\nsampling = "laboratory"\naverage_s = 9', "no average_s"),
        ("{readings_min = 1}", "{readings_min = 1}\nsampling = 'often'", "often"),
    ],
)
def test_a_wrong_entry_is_refused_by_file_and_name(old: str, new: str, said: str) -> None:
    """The text names the file, the entry and what is wrong."""
    assert old in _GOOD
    with pytest.raises(CatalogueError) as caught:
        _one(_GOOD.replace(old, new))
    assert "pool.toml: entry pool-x" in str(caught.value)
    assert said in str(caught.value)


def test_toml_that_is_none_is_refused() -> None:
    """A torn file is named."""
    with pytest.raises(CatalogueError, match=r"pool\.toml: not TOML"):
        _one("[[entry")


def test_versions_in_force_at_once_are_refused() -> None:
    """Two versions of one rule must not judge one act."""
    with pytest.raises(CatalogueError, match="in force at once"):
        _one(_GOOD + _second("2", "2026-02-01"))
    with pytest.raises(CatalogueError, match="pool-x"):
        _one(_GOOD + _second("1", "2027-02-01"))


def test_the_version_in_force_when_it_happened() -> None:
    """OFF-1: midnight in Wucheng decides, and the act's moment, not today."""
    catalogue = _one(_GOOD + _second("2", "2026-03-02"))
    assert [e.version for e in catalogue.in_force(DAY_MS - 1)] == ["1"]
    assert [e.version for e in catalogue.in_force(DAY_MS)] == ["2"]
    assert catalogue.entry("pool-x", "1").high == 1.0


def test_a_vision_entry_of_an_unknown_rule_or_parameter_is_refused() -> None:
    """Parameters are checked against the rule that reads them."""
    vision = (
        _GOOD.replace('kind = "limit"', 'kind = "vision"\nrule = "crowding"')
        .replace('kind_of_finding = "breach"', 'kind_of_finding = "lead"')
        .replace('penalty = {name = "P", article = "2"}\n', "")
        .replace(
            "{readings_min = 1}",
            "{looks_n = 5, looks_min = 2, leave_s = 3, score_min = 0.3, looks_gap_s = 30}",
        )
    )
    check_rules(_one(vision))
    with pytest.raises(CatalogueError, match="looks_n"):
        check_rules(_one(vision.replace("looks_n = 5, ", "")))
    with pytest.raises(CatalogueError, match="no rule 'juggling'"):
        check_rules(_one(vision.replace('"crowding"', '"juggling"')))


def test_every_problem_is_named_at_once() -> None:
    """Who corrects a folder of files wants the whole list."""
    third = _GOOD.replace("pool-x", "pool-y").replace('severity = "high"', 'severity = "awful"')
    with pytest.raises(CatalogueError) as caught:
        parse(
            {
                "a.toml": "[[entry]",
                "b.toml": "colour = 1",
                "c.toml": _GOOD.replace('source = "s"', 'source = ""') + third,
                "d.toml": "entry = 3",
            }
        )
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "a.toml",
        "b.toml",
        "c.toml",
        "c.toml",
        "d.toml",
    ]
    assert "pool-x: source is empty" in lines[2]
    assert "pool-y" in lines[3]
