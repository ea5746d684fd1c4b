"""What is suggested and why, and that the data behind it fits the catalogue. OFF-17."""

from __future__ import annotations

import pytest

from detectors.catalogue import Citation, bundled
from pipelines.cases.procedure import penalties, suggest
from pipelines.cases.types import History

FIRST, AGAIN = History(), History(earlier=1, window_days=730)


@pytest.mark.parametrize(
    ("name", "article", "severity", "history", "procedure"),
    [
        ("公共场所卫生管理条例", "第十四条", "medium", FIRST, "simple"),
        ("公共场所卫生管理条例", "第十四条", "high", FIRST, "general"),
        ("公共场所卫生管理条例", "第十四条", "medium", AGAIN, "general"),
        ("医疗废物管理条例", "第四十五条", "low", FIRST, "simple"),
        ("医疗废物管理条例", "第四十五条", "low", AGAIN, "general"),  # 2,000-5,000 is over 3,000
        ("医疗废物管理条例", "第四十七条", "low", FIRST, "general"),  # the warning stands not alone
        ("疫苗管理法", "第八十五条", "low", FIRST, "general"),
        ("a law nobody read", "1", "low", FIRST, "general"),
    ],
)
def test_suggestion(
    name: str, article: str, severity: str, history: History, procedure: str
) -> None:
    """OFF-17: simple only below the thresholds of art. 51, with the reason."""
    made = suggest(Citation(name=name, article=article), severity, history)
    assert made["procedure"] == procedure
    assert made["reason_zh"]
    assert made["reason_en"]
    assert made["when"] == ("repeated" if history.earlier else "first")


def test_the_range_and_how_sure_it_is() -> None:
    """OFF-17: articles with their range; general knowledge is called that."""
    made = suggest(Citation(name="消毒管理办法", article="第四十一条"), "low", FIRST)
    (article,) = made["articles"]
    assert (article["confidence"], made["confidence"]) == ("GK", "GK")
    assert [part["suggested"] for part in article["ranges"]] == [True, False, False]
    assert article["ranges"][0]["max_cny"] == 5000


def test_a_citation_that_leaves_the_article_open_suggests_both() -> None:
    """OFF-17: for legal review to settle."""
    open_ = "第四十五条或第四十六条（由法制审核确定）/ 45 or 46, for legal review to settle"
    made = suggest(Citation(name="医疗废物管理条例", article=open_), "low", FIRST)
    assert [one["article"] for one in made["articles"]] == ["第四十五条", "第四十六条"]
    steps = {step["code"]: step for step in made["steps"]}
    assert "第五十七条" in steps.get("legal_review", {}).get("basis", "第五十七条")


def test_every_penalty_of_the_catalogue_is_known() -> None:
    """OFF-17: none is suggested by an article that the data does not hold."""
    for entry in bundled().entries:
        if entry.kind_of_finding == "breach":
            assert entry.penalty is not None
            assert penalties().of(entry.penalty), entry.penalty
