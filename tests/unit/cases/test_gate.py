"""Every hindrance is said in both languages, with how it is mended. OFF-16."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.cases import gate
from pipelines.cases.gate import codes, hindrances
from pipelines.cases.types import Dossier

ALERT: dict[str, Any] = {
    "grade": "lead", "grade_reasons": ["missing:installation_consent", "clock_off"],
    "staged": True, "uscc": "x", "rule_id": "r", "rule_version": "1", "start_ms": 0,
}  # fmt: skip


def test_every_code_in_the_code_is_data_and_the_other_way_round() -> None:
    """OFF-16: none without words."""
    text = Path(gate.__file__).read_text("utf-8")
    assert [code for code in codes() if f'_made("{code}"' not in text] == []


def test_foreseen_before_anybody_confirmed() -> None:
    """OFF-16: what lacks is told before confirming, by whom and how it is mended."""
    found = hindrances(Dossier(alert=ALERT, confirmed=None, entry=None, package=None))
    by_code = {one.code: one for one in found}
    assert set(by_code) == {
        "not_evidence_grade", "paper_missing", "staged_rule", "uscc_invalid", "rule_unknown",
        "not_sealed",
    }  # fmt: skip
    paper = by_code["paper_missing"]
    assert (paper.about, paper.detail, paper.by) == ("installation_consent", "missing", "admin")
    assert paper.how[0] == "paper"
    assert {"onsite_check", "sample"} <= set(by_code["not_evidence_grade"].how)
    for one in found:
        assert one.said.zh
        assert one.said.en
        assert one.mend.zh
        assert one.mend.en
        assert "{" not in one.said.zh + one.said.en
