"""How rows are cut into calls must change nothing: replay equals live."""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.catalogue import Entry
from detectors.types import Phase, Readings
from tests.unit.detectors.early.cases import Floats
from tests.unit.detectors.early.streams import RULES, entry_of, played, rows_of, series_of
from tests.unit.detectors.streams import DAY_MS, MINUTE_MS

_DAYS = {"time_to_limit": 2, "drift": 20, "change_point": 6, "anomaly": 4}
_OF = {
    "time_to_limit": ("pool-free-chlorine-ahead", ("free_chlorine",)),
    "drift": ("pool-free-chlorine-drift", ("free_chlorine",)),
    "change_point": ("series-change-point", ("free_chlorine",)),
    "anomaly": ("site-anomaly-pool", ("free_chlorine", "ph", "orp")),
}


def _stream(kind: str, seed: int) -> Floats:
    """Slow waves, steps, ramps and scatter, with holes; around the pool's chlorine limits."""
    rng = np.random.default_rng(seed)
    minutes, k = _DAYS[kind] * 1440, len(_OF[kind][1])
    at = np.arange(minutes)[:, None]
    wave = 0.1 * np.sin(at / rng.uniform(200, 3000, k) + rng.uniform(0, 6, k))
    drift = rng.choice([0, 0.02], k) * at / 1440
    values = 0.5 + wave + drift + rng.normal(0, 0.01, (minutes, k))
    for _ in range(4):
        start, end = np.sort(rng.integers(0, minutes, 2))
        values[start : min(end, start + 600), rng.integers(k)] += rng.choice([-0.3, 0.3])
    for _ in range(3):
        start = rng.integers(0, minutes)
        values[start : start + rng.integers(1, 300)] = np.nan
    return values


def _entry(kind: str, *, ends: bool) -> Entry:
    entry = entry_of(_OF[kind][0])
    to = dt.date(2026, 3, 2) + dt.timedelta(days=max(1, _DAYS[kind] - 1))
    return msgspec.structs.replace(entry, valid_to=to) if ends else entry


@pytest.mark.parametrize("kind", _OF)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), ends=st.booleans(), cuts=st.integers(0, 80))
def test_cuts_change_nothing(kind: str, seed: int, ends: bool, cuts: int) -> None:
    """Any cuts, the state as bytes between calls, give the signals of a single call."""
    entry = _entry(kind, ends=ends)
    (group,) = RULES[kind].groups(entry, series_of(entry, _OF[kind][1]))
    rows = rows_of(_stream(kind, seed))
    end_ms = DAY_MS + (_DAYS[kind] + 6) * 86_400_000
    whole = played(entry, group, rows, [end_ms])
    rng = np.random.default_rng(seed)
    at = np.sort(rng.integers(DAY_MS, end_ms, cuts)).tolist()
    assert played(entry, group, rows, [*at, end_ms]) == whole
    every = range(DAY_MS, int(rows.time_ms[-1]) + MINUTE_MS, 17 * MINUTE_MS)
    assert played(entry, group, rows, [*every, end_ms]) == whole


@pytest.mark.parametrize("kind", _OF)
def test_the_streams_reach_the_rule(kind: str) -> None:
    """The property above would be empty if its streams opened and closed nothing."""
    entry = _entry(kind, ends=False)
    (group,) = RULES[kind].groups(entry, series_of(entry, _OF[kind][1]))
    end_ms = DAY_MS + (_DAYS[kind] + 6) * 86_400_000
    found = {
        (signal.phase, "silent" in signal.inputs)
        for seed in range(8)
        for signal in played(entry, group, rows_of(_stream(kind, seed)), [end_ms])
    }
    assert {phase for phase, _ in found} == {Phase.OPENED, Phase.CLOSED}


@pytest.mark.parametrize("kind", _OF)
def test_a_spell_ends_with_its_entry(kind: str) -> None:
    """What is open when an entry goes out of force is closed then, and not again."""
    entry = _entry(kind, ends=True)
    (group,) = RULES[kind].groups(entry, series_of(entry, _OF[kind][1]))
    for seed in range(12):
        signals = played(entry, group, rows_of(_stream(kind, seed)), [entry.to_ms])
        assert [s.phase for s in signals] == [Phase.OPENED, Phase.CLOSED] * (len(signals) // 2)
        assert all(signal.at_ms <= entry.to_ms for signal in signals)


@pytest.mark.parametrize(("kind", "most"), [("drift", 500), ("change_point", 1000)])
def test_state_stays_small(kind: str, most: int) -> None:
    """A hundred thousand series must fit into a worker."""
    entry = _entry(kind, ends=False)
    (group,) = RULES[kind].groups(entry, series_of(entry, _OF[kind][1]))
    rows = rows_of(_stream(kind, 1))
    judged = RULES[kind].judge(entry, group, b"", rows, watermark_ms=int(rows.time_ms[-1]))
    assert 0 < len(judged.state) < most


def test_a_site_keeps_what_it_learned_when_a_probe_is_added() -> None:
    """A new probe must not make the old ones start over; it is scored after a day of its own."""
    entry = entry_of("site-anomaly-pool")
    two, three = series_of(entry, ("ph", "orp")), series_of(entry, ("ph", "orp", "free_chlorine"))
    rng = np.random.default_rng(3)
    values = 7 + rng.normal(0, 0.02, (3 * 1440, 2))
    values[2 * 1440 + 60 : 2 * 1440 + 90, 0] += 1
    rows = rows_of(values)
    split = int(np.searchsorted(rows.time_ms, DAY_MS + 2 * 86_400_000))
    keep = np.arange(len(rows)) < split
    rule = RULES["anomaly"]
    (before,), (after,) = rule.groups(entry, two), rule.groups(entry, three)
    first = rule.judge(entry, before, b"", rows.where(keep), watermark_ms=DAY_MS + 2 * 86_400_000)
    later: Readings = rows.where(~keep)
    second = rule.judge(
        entry, after, first.state, later, watermark_ms=int(rows.time_ms[-1]) + MINUTE_MS
    )
    assert [signal.phase for signal in second.signals] == [Phase.OPENED, Phase.CLOSED]
