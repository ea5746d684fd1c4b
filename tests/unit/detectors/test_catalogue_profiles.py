"""OFF-25: national rules prevail over local ones; local ones override by date where stricter."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detectors.catalogue import Catalogue, CatalogueError, bundled, load, parse
from detectors.catalogue.entry import day_ms
from tests.unit.detectors.streams import DAY_MS, MINUTE_MS, a_series, play, readings
from tests.unit.detectors.test_catalogue import _GOOD

CJT = {"cjt-244-2016": dt.date(2026, 1, 1)}
NATIONAL = _GOOD.replace("valid_to = 2026-03-02\n", "")
LOCAL = (
    NATIONAL.replace('id = "pool-x"', 'id = "local-x"\nprofile = "city"\noverrides = ["pool-x"]')
    .replace("low = 0.3", "low = 0.4")
    .replace("valid_from = 2026-01-01", "valid_from = 2026-02-01")
)


def _catalogue(local: str = LOCAL, national: str = NATIONAL) -> Catalogue:
    return parse({"pool.toml": national, "city.toml": local})


def _judges(catalogue: Catalogue, day: str) -> list[str]:
    return [e.key for e in catalogue.in_force(day_ms(dt.date.fromisoformat(day)))]


def test_a_profile_sleeps_until_it_is_enabled() -> None:
    """Who adopted nothing is judged by the national limit alone."""
    catalogue = _catalogue()
    assert _judges(catalogue, "2026-05-01") == ["pool-x@1"]
    assert catalogue.profiles == ("city",)
    assert bundled().profiles == ("cjt-244-2016",)
    assert not [e for e in bundled().entries if e.profile]


def test_an_enabled_profile_takes_over_on_its_day() -> None:
    """The later of two days counts: the entry's own and the one on which it was enabled."""
    early = _catalogue().with_profiles({"city": dt.date(2025, 1, 1)})
    assert _judges(early, "2026-01-31") == ["pool-x@1"]
    assert _judges(early, "2026-02-01") == ["local-x@1"]
    late = _catalogue().with_profiles({"city": dt.date(2026, 3, 2)})
    assert _judges(late, "2026-03-01") == ["pool-x@1"]
    assert _judges(late, "2026-03-02") == ["local-x@1"]


def test_the_national_limit_comes_back_when_a_profile_ends() -> None:
    """No day without a limit: it judges on under a version that says why."""
    ends = LOCAL.replace(
        "valid_from = 2026-02-01", "valid_from = 2026-02-01\nvalid_to = 2026-04-01"
    )
    catalogue = _catalogue(ends).with_profiles({"city": dt.date(2026, 1, 1)})
    assert _judges(catalogue, "2026-03-31") == ["local-x@1"]
    assert _judges(catalogue, "2026-04-01") == ["pool-x@1-after-city"]
    resumed = catalogue.by_key("pool-x@1-after-city")
    assert resumed is not None
    assert resumed.low == 0.3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("low = 0.4", "low = 0.2", "low is looser than 0.3 of pool-x@1, which prevails"),
        ("high = 1.0", "high = 1.5", "high is looser than 1 of pool-x@1, which prevails"),
        ("low = 0.4\n", "", "low is looser than 0.3"),
        ('overrides = ["pool-x"]', 'overrides = ["pool-y"]', "'pool-y', which there is not"),
        ('site_kinds = ["pool"]', 'site_kinds = ["bath"]', "fewer kinds of site than pool-x@1"),
        ('quantity = "free_chlorine"', 'quantity = "residual_chlorine"', "something else"),
        ('profile = "city"\n', "", "only an entry of a profile overrides others"),
    ],
)
def test_a_profile_may_not_loosen_what_holds_everywhere(old: str, new: str, said: str) -> None:
    """Refused when it is read, enabled or not, by file and entry: the national rule prevails."""
    assert old in LOCAL
    with pytest.raises(CatalogueError) as caught:
        _catalogue(LOCAL.replace(old, new))
    assert "city.toml: entry local-x" in str(caught.value)
    assert said in str(caught.value)


def test_a_profile_may_differ_from_what_is_only_advised() -> None:
    """Advice is not mandatory: nothing prevails there."""
    advice = NATIONAL.replace('"breach"', '"lead"\nadvisory = true').replace(
        'penalty = {name = "P", article = "2"}\n', ""
    )
    catalogue = _catalogue(LOCAL.replace("low = 0.4", "low = 0.2"), advice)
    assert catalogue.with_profiles({"city": dt.date(2026, 1, 1)}).profiles == ("city",)


def test_a_profile_nobody_knows_is_refused() -> None:
    """A misspelt name must not silently judge by something else."""
    with pytest.raises(CatalogueError, match="no profile 'cjt-244'; known are cjt-244-2016"):
        load(profiles={"cjt-244": dt.date(2026, 1, 1)})


def test_a_lead_never_takes_the_place_of_a_breach() -> None:
    """Cloudy water at 0.7 NTU breaks the profile alone, at 1.4 both: the breach is not lost."""
    catalogue = load(profiles=CJT)
    series = {1: a_series(quantity="turbidity", unit="NTU")}

    def _found(level: float) -> set[str]:
        rows = readings((1, DAY_MS + m * MINUTE_MS, level) for m in range(60))
        signals, _ = play([(rows, DAY_MS + 59 * MINUTE_MS)], series, catalogue)
        return {s.rule_id for s in signals}

    assert _found(0.4) == set()
    assert _found(0.7) == {"cjt-244-pool-turbidity"}
    assert _found(1.4) == {"cjt-244-pool-turbidity", "pool-turbidity"}


@pytest.mark.parametrize(
    ("rule_id", "quantity", "unit", "good", "bad"),
    [
        ("cjt-244-pool-turbidity", "turbidity", "NTU", 0.5, 0.6),
        ("cjt-244-pool-ph", "ph", "pH", 7.2, 7.1),
        ("cjt-244-pool-orp", "orp", "mV", 700, 680),
        ("cjt-244-pool-bacteria", "water_bacteria", "CFU/mL", 100, 150),
    ],
)
def test_each_limit_of_the_profile_hits_and_misses(
    rule_id: str, quantity: str, unit: str, good: float, bad: float
) -> None:
    """CJ/T 244-2016, each figure at its bound and beyond."""
    series = {1: a_series(quantity=quantity, unit=unit)}
    for level, expected in ((good, False), (bad, True)):
        rows = readings((1, DAY_MS + m * MINUTE_MS, level) for m in range(60))
        signals, _ = play([(rows, DAY_MS + 59 * MINUTE_MS)], series, load(profiles=CJT))
        assert (rule_id in {s.rule_id for s in signals}) is expected


def test_a_local_folder_corrects_a_limit_from_a_day_on(tmp_path: Path) -> None:
    """An expert's new version ends the bundled one that day; what was judged before stays."""
    entry = (
        NATIONAL.replace('id = "pool-x"', 'id = "pool-free-chlorine"')
        .replace('version = "1"', 'version = "2"')
        .replace("low = 0.3", "low = 0.35")
        .replace("valid_from = 2026-01-01", "valid_from = 2026-03-02")
    )
    own = NATIONAL.replace('id = "pool-x"', 'id = "our-own"')
    (tmp_path / "ours.toml").write_text(entry + own, encoding="utf-8")
    catalogue = load(extra=tmp_path)
    versions = [
        e for e in catalogue.for_series("pool", "free_chlorine") if e.id == "pool-free-chlorine"
    ]
    assert [e.key for e in versions if e.in_force(DAY_MS - 1)] == ["pool-free-chlorine@1"]
    assert [e.key for e in versions if e.in_force(DAY_MS)] == ["pool-free-chlorine@2"]
    assert catalogue.by_key("our-own@1") is not None
    assert len(catalogue.entries) == len(bundled().entries) + 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("valid_from = 2026-01-01", "valid_from = 2022-01-14", "must begin after 2022-01-14"),
        ('version = "2"', 'version = "1"', "versions 1 and 1"),
    ],
)
def test_a_local_version_may_not_rewrite_the_past(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """From the bundled version's first day, or under its name, old findings would change."""
    entry = NATIONAL.replace('id = "pool-x"', 'id = "pool-free-chlorine"').replace(
        'version = "1"', 'version = "2"'
    )
    (tmp_path / "ours.toml").write_text(entry.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=said) as caught:
        load(extra=tmp_path)
    assert "local/ours.toml" in str(caught.value)
