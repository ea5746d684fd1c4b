"""When a reminder is proposed first: from data, minor and for the first time only."""

from __future__ import annotations

import pytest

from pipelines.alerts.remind_first import remind_first


@pytest.mark.parametrize(
    ("severity", "finding", "earlier", "proposed"),
    [
        ("low", "breach", 0, True), ("medium", "breach", 0, True), ("high", "breach", 0, False),
        ("critical", "breach", 0, False), ("low", "lead", 0, False), ("low", "device", 0, False),
        ("low", "breach", 1, False),
    ],
)  # fmt: skip
def test_minor_and_first(severity: str, finding: str, earlier: int, proposed: bool) -> None:
    """OFF-15: grave, repeated, or no breach at all: nobody proposes a mere reminder."""
    rule = remind_first()
    assert rule.proposed(severity=severity, finding=finding, earlier=earlier) is proposed


def test_the_law_is_named_with_how_sure_we_are() -> None:
    """The figures are ours, the article was read."""
    rule = remind_first()
    assert (rule.confidence, rule.figures) == ("V", "eng")
    assert "第三十三条" in rule.basis.zh
    assert "art. 33" in rule.basis.en
