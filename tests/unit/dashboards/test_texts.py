"""Every text in both languages, with the same blanks; none that is asked for lacks."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import dashboards.triage
from dashboards.texts import catalogue, name_of, text
from dashboards.triage.pages import Words
from detectors.catalogue import Entry, bundled
from pipelines.alerts.states import MOVES, REASON_CODES
from pipelines.registry.papers import REASONS, Paper

TEMPLATES = Path(dashboards.triage.__file__).parent / "templates"


def test_both_languages_have_the_same_texts() -> None:
    assert set(catalogue("zh")) == set(catalogue("en"))
    assert [k for k in catalogue("zh") if not catalogue("zh")[k] or not catalogue("en")[k]] == []


@pytest.mark.parametrize("key", sorted(catalogue("zh")))
def test_both_languages_have_the_same_blanks(key: str) -> None:
    blanks = [
        {name for _, name, _, _ in string.Formatter().parse(catalogue(lang)[key]) if name}
        for lang in ("zh", "en")
    ]
    assert blanks[0] == blanks[1]


def test_templates_ask_only_for_texts_that_exist() -> None:
    asked = {
        key
        for path in TEMPLATES.glob("*.html")
        for key in re.findall(r"\bt\(['\"]([a-z_]+\.[a-z_0-9]+)['\"]", path.read_text("utf-8"))
    }
    asked = {key for key in asked if not key.endswith("_")}  # a stem that a code completes
    assert len(asked) > 80
    assert asked <= set(catalogue("zh"))


def test_every_code_of_the_domain_has_a_name() -> None:
    wanted = [f"reason.{code}" for code in REASON_CODES]
    wanted += [f"action.{move.recorded}" for move in MOVES.values()]
    wanted += [f"paper.{paper.value}" for paper in Paper]
    wanted += [f"grade_reason.{code}" for code in REASONS]
    for entry in bundled().entries:
        wanted += [f"quantity.{q}" for q in (entry.quantity, *entry.quantities) if q]
        wanted += [f"confidence.{entry.confidence}", f"finding.{entry.kind_of_finding}"]
    assert [key for key in wanted if key not in catalogue("zh")] == []


def test_an_unknown_code_stands_for_itself_and_an_unknown_key_is_an_error() -> None:
    assert name_of("zh", "unit", "mg/L") == "mg/L"
    with pytest.raises(KeyError):
        text("en", "no.such")


@pytest.mark.parametrize("entry", bundled().entries, ids=lambda e: e.key)
def test_a_chinese_page_says_where_a_limit_was_read_in_chinese(entry: Entry) -> None:
    """Source, note and place in the law as the alert's page shows them."""
    words = Words("zh", 0)
    for said in (words.source(entry), words.note(entry) or "无"):
        assert any("一" <= char <= "鿿" for char in said)
    assert " / " not in words.cite(entry.law)
