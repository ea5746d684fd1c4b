"""Which procedure is suggested, and that the data behind it fits the catalogue."""

from __future__ import annotations

import pytest

from detectors.catalogue import Citation, bundled
from pipelines.cases.procedure import procedures, suggest


@pytest.mark.parametrize(
    ("name", "article", "severity", "suggested"),
    [
        ("公共场所卫生管理条例", "第十四条", "medium", "simple"),
        ("公共场所卫生管理条例", "第十四条", "high", "general"),
        ("疫苗管理法", "第八十五条", "low", "general"),
        ("a law nobody read", "1", "low", "general"),
    ],
)
def test_suggestion(name: str, article: str, severity: str, suggested: str) -> None:
    made = suggest(Citation(name=name, article=article), severity)
    assert made["suggested"] == suggested
    assert made["reason"]


def test_every_breach_of_the_catalogue_gets_a_reason() -> None:
    laws = {penalty.name for penalty in procedures().penalty}
    for entry in bundled().entries:
        if entry.kind_of_finding == "breach":
            assert entry.penalty is not None
            assert entry.penalty.name in laws
