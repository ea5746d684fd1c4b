"""How long what is kept: a table of cases, and that more reasons never shorten."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.keeping.due import Claim, Item, Stay, Verdict, What, due
from pipelines.keeping.period import Period, period
from pipelines.keeping.policies import Kind, load

ZONE = ZoneInfo("Asia/Shanghai")
POLICIES = load()


def at(text: str) -> int:
    """Beijing time as epoch milliseconds."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


def item(*claims: Claim, kind: Kind = "evidence") -> Item:
    """An item with these claims."""
    return Item(kind=kind, item_id="x", claims=claims)


def dismissed(day: str) -> Claim:
    """Evidence of an alert that was dismissed then."""
    return Claim(policy="dismissed_evidence", from_ms=at(day))


CASES: list[tuple[str, Item, str, What, str | None]] = [
    ("6 months less a moment", item(dismissed("2026-01-31")), "2026-07-30 23:59:59", "keep",
     "2026-07-31"),
    ("6 months, the end of a shorter month", item(dismissed("2025-08-31")), "2026-02-28", "may_go",
     "2026-08-31"),
    ("past the longest", item(dismissed("2025-01-31")), "2026-01-31", "must_go", None),
    ("confirmed, within the prescription",
     item(Claim(policy="evidence_without_case", from_ms=at("2025-01-01"))), "2026-12-31", "keep",
     "2027-01-01"),
    ("confirmed, after it", item(Claim(policy="evidence_without_case", from_ms=at("2025-01-01"))),
     "2027-01-01", "may_go", None),
    ("nobody has decided", item(Claim(policy="evidence_without_case", from_ms=None)), "2099-01-01",
     "keep", None),
    ("a case that is open", item(Claim(policy="case_evidence", from_ms=None)), "2099-01-01", "keep",
     None),
    ("a case, the file's period unknown",
     item(Claim(policy="case_evidence", from_ms=at("2026-01-01"))), "2035-12-31", "keep",
     "2036-01-01"),
    ("a case, the file kept shorter",
     item(Claim(policy="case_evidence", from_ms=at("2026-01-01"), until_ms=at("2031-01-01"))),
     "2031-01-01", "may_go", None),
    ("a case, the file kept longer",
     item(Claim(policy="case_evidence", from_ms=at("2016-01-01"), until_ms=at("2046-01-01"))),
     "2030-01-01", "keep", "2046-01-01"),
    ("a case whose file is kept for good",
     item(Claim(policy="case_evidence", from_ms=at("1990-01-01"), for_good=True)), "2099-01-01",
     "keep", None),
    ("an officer's record", item(Claim(policy="officers_record", from_ms=at("2026-01-01"))),
     "2026-06-30", "keep", "2026-07-01"),
    ("a record that a case needs longer",
     item(Claim(policy="officers_record", from_ms=at("2026-01-01")),
          Claim(policy="case_evidence", from_ms=at("2026-02-01"))), "2030-01-01", "keep",
     "2036-02-01"),
    ("the log of access", item(Claim(policy="access_log", from_ms=at("2026-02-01")), kind="access"),
     "2026-08-01", "may_go", "2029-02-01"),
    ("nothing is known of it", item(), "2099-01-01", "keep", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "until", "kept", "now"), [(w, u, i, n) for _, i, n, w, u in CASES],
    ids=[name for name, *_ in CASES],
)  # fmt: skip
def test_cases(what: What, until: str | None, kept: Item, now: str) -> None:
    """AV-28: evidence as long as its case file, what is no evidence at least six months."""
    found = due(kept, POLICIES, [], at(now))
    assert (found.what, found.until_ms) == (what, at(until) if until else None)
    assert found.why


def test_a_hold_beats_all_and_says_so() -> None:
    """AV-28, AV-29: a legal hold and a mark for good keep what must have gone long ago."""
    old = item(dismissed("2000-01-01"))
    assert due(old, POLICIES, [], at("2026-01-01")).what == "must_go"
    stays = [Stay(code="hold:h1"), Stay(code="for_good:litigation")]
    found = due(old, POLICIES, stays, at("2026-01-01"))
    assert found == Verdict(what="keep", until_ms=None, why=("hold:h1", "for_good:litigation"))


MOMENTS = st.integers(min_value=at("2000-01-01"), max_value=at("2060-01-01"))
CLAIMS = st.builds(
    Claim,
    policy=st.sampled_from([p.name for p in POLICIES.policy if p.applies_to != "ring"]),
    from_ms=st.none() | MOMENTS,
    until_ms=st.none() | MOMENTS,
    for_good=st.booleans(),
)
STAYS = st.lists(st.builds(Stay, code=st.text(min_size=1)), max_size=2)
ORDER: dict[What, int] = {"must_go": 0, "may_go": 1, "keep": 2}


def kept_until(verdict: Verdict) -> float:
    """Until when it is surely kept, as a number to compare."""
    if verdict.what != "keep":
        return 0.0
    return float("inf") if verdict.until_ms is None else float(verdict.until_ms)


@given(st.lists(CLAIMS, min_size=1, max_size=3), CLAIMS, STAYS, MOMENTS)
def test_another_reason_to_keep_never_shortens(
    claims: list[Claim], more: Claim, stays: list[Stay], now_ms: int
) -> None:
    before = due(item(*claims), POLICIES, stays, now_ms)
    after = due(item(*claims, more), POLICIES, stays, now_ms)
    assert ORDER[after.what] >= ORDER[before.what]
    assert kept_until(after) >= kept_until(before)


@given(st.lists(CLAIMS, min_size=1, max_size=3), STAYS, MOMENTS)
def test_another_hold_never_shortens(claims: list[Claim], stays: list[Stay], now_ms: int) -> None:
    before = due(item(*claims), POLICIES, stays, now_ms)
    after = due(item(*claims), POLICIES, [*stays, Stay(code="hold:more")], now_ms)
    assert after.what == "keep"
    assert kept_until(after) >= kept_until(before)


@given(st.lists(CLAIMS, min_size=1, max_size=3), MOMENTS, MOMENTS)
def test_what_may_go_never_has_to_be_kept_again_by_time_alone(
    claims: list[Claim], one_ms: int, other_ms: int
) -> None:
    earlier = due(item(*claims), POLICIES, [], min(one_ms, other_ms))
    later = due(item(*claims), POLICIES, [], max(one_ms, other_ms))
    assert ORDER[later.what] <= ORDER[earlier.what]


@given(st.lists(CLAIMS, min_size=1, max_size=3), MOMENTS)
def test_the_answer_changes_when_it_says(claims: list[Claim], now_ms: int) -> None:
    found = due(item(*claims), POLICIES, [], now_ms)
    if found.until_ms is not None:
        assert due(item(*claims), POLICIES, [], found.until_ms - 1).what == found.what
        assert due(item(*claims), POLICIES, [], found.until_ms).what != found.what


def test_periods_go_by_the_calendar() -> None:
    assert period("2 years") == Period(months=24)
    assert Period(months=1).after(at("2028-01-31 08:00"), ZONE) == at("2028-02-29 08:00")
    assert Period(days=30).after(at("2026-01-01"), ZONE) == at("2026-01-31")
    with pytest.raises(ValueError, match="no period"):
        period("half a year")


def test_every_figure_has_its_source_and_none_names_an_article_unread() -> None:
    """AV-28, AV-29: floors are the regulation's, defaults say that they are."""
    names = {p.name: p for p in POLICIES.policy}
    for name in ("dismissed_evidence", "officers_record", "trial_evidence"):
        assert (names[name].shortest, names[name].floor) == ("6 months", True)
    assert names["public_recording"].shortest == "30 days"
    assert "not read" in names["public_recording"].source
    assert set(POLICIES.permanent) == {"objection", "obstruction", "review", "litigation", "other"}
    for policy in POLICIES.policy:
        assert policy.source
        if policy.period_confidence == "eng":
            assert "engineering default" in policy.source.lower()
    assert msgspec.to_builtins(POLICIES)["version"] == POLICIES.version
