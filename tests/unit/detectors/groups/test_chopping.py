"""How rows are cut into calls must change nothing: replay equals live."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.catalogue import Entry
from detectors.readings.groups.parts.following import Followed
from detectors.types import Phase, Readings
from tests.unit.detectors.groups.rooms import (
    RULES,
    columns,
    entry_of,
    group_of,
    judged,
    members_of,
    with_,
)
from tests.unit.detectors.streams import DAY_MS

_TO = dt.date(2026, 3, 3)  # entries go out of force a day after the streams begin, or never


@dataclass(frozen=True, kw_only=True)
class World:
    """Streams that make a rule work: per series a step and values that hold for a while."""

    entry: Entry
    series: tuple[tuple[str, float], ...]
    values: tuple[tuple[float, ...], ...]
    span_s: int


def _short(rule_id: str, **parameters: float) -> Entry:
    entry = entry_of(rule_id)
    return with_(entry, parameters={**entry.parameters, **parameters})


_STEAM = {f"c{c}_hold_s": 30.0 for c in (121, 132, 134)} | {"lost_s": 40.0, "period_min_s": 5.0}
_ON_OFF = (0.0, 1.0)
WORLDS = {
    "kept": World(
        entry=with_(entry_of("waste-kept-48h"), high=5.0),
        series=(("waste_bag_in", 3600), ("waste_bag_out", 3600)),
        values=((1, 2, 3), (1, 2, 3)),
        span_s=90_000,
    ),
    "balance": World(
        entry=entry_of("waste-balance"),
        series=(
            ("waste_weight_stock", 14_400),
            ("waste_weight_in", 7200),
            ("waste_weight_out", 7200),
        ),
        values=((5, 6.1), (0.1, 1), (0.1, 1)),
        span_s=260_000,
    ),
    "a0": World(
        entry=_short("washer-a0-then-sterilised", lost_s=40, period_min_s=5),
        series=(("washer_temperature", 2),),
        values=((20, 64.9, 65, 80, 90, 93.7),),
        span_s=600,
    ),
    "cycle": World(
        entry=_short("steam-cycle", **_STEAM),
        series=(("steriliser_temperature", 1), ("steriliser_pressure", 1)),
        values=((60, 118, 121.5, 133, 134.5, 138), (110, 205, 190, 300)),
        span_s=500,
    ),
    "ran": World(
        entry=_short("uv-run-time", lost_s=4000, stands_s=300),
        series=(("lamp_on", 60),),
        values=(_ON_OFF,),
        span_s=20_000,
    ),
    "lamp": World(
        entry=with_(_short("uv-lamp-hours", stands_s=300), high=1.0),
        series=(("lamp_on", 60), ("lamp_replaced", 3600)),
        values=(_ON_OFF, _ON_OFF),
        span_s=20_000,
    ),
    "held": World(
        entry=entry_of("cold-store-door-open"),
        series=(("door_open", 60),),
        values=(_ON_OFF,),
        span_s=5000,
    ),
    "door": World(
        entry=_short("vaccine-temperature-door", stale_s=600, tolerance_s=120),
        series=(("temperature", 60), ("door_open", 300)),
        values=((5, 7.9, 10, 1.5), _ON_OFF),
        span_s=15_000,
    ),
    "gated": World(
        entry=_short("radiation-outside-room", stale_s=40, piece_s=30),
        series=(("dose_rate", 1), ("exposure", 10)),
        values=((0.1, 2.45, 9), _ON_OFF),
        span_s=400,
    ),
    "daily_mean": World(
        entry=entry_of("sewage-day-cod"),
        series=(("cod", 3600),),
        values=((20, 55, 90),),
        span_s=260_000,
    ),
    "disagree": World(
        entry=with_(entry_of("probes-disagree-ph"), lasts_s=600.0, clears_s=300.0),
        series=(("ph", 60), ("ph", 60)),
        values=((7.0, 7.2), (7.0, 7.6)),
        span_s=12_000,
    ),
}


def _stream(world: World, rng: np.random.Generator, *, whole_steps: bool) -> Readings:
    """Values that hold, holes, other flags; events and readings often at the same moment."""
    rows, flags = [], []
    for number, ((_, step_s), values) in enumerate(zip(world.series, world.values, strict=True), 1):
        grid = np.arange(0, world.span_s, step_s)
        held = np.repeat(rng.choice(values, len(grid) + 1), rng.integers(1, 60, len(grid) + 1))
        hole = rng.choice(world.span_s), rng.choice(world.span_s) // 10
        for second, value in zip(grid, held, strict=False):
            if hole[0] <= second < sum(hole) or rng.random() < 0.05:
                continue
            jitter = 0 if whole_steps else int(rng.integers(0, 400)) / 1000
            rows.append((number, float(second) + jitter, float(value)))
            flags.append(int(rng.choice([0, 1, 2], p=[0.96, 0.02, 0.02])))
    return _flagged(rows, flags)


def _flagged(rows: list[tuple[int, float, float]], flags: list[int]) -> Readings:
    order = sorted(range(len(rows)), key=lambda i: (round(rows[i][1] * 1000), rows[i][0]))
    return columns([rows[i] for i in order], [flags[i] for i in order])


@pytest.mark.parametrize("kind", WORLDS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_cuts_change_nothing(kind: str, data: st.DataObject) -> None:
    """Any cuts, with the state as bytes between calls, give the signals of a single call."""
    world = WORLDS[kind]
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    entry = with_(world.entry, valid_to=_TO) if data.draw(st.booleans()) else world.entry
    members = members_of(entry, *world.series)
    group = group_of(entry, members)
    minute = RULES[kind].grain == "minute"
    rows = _stream(world, rng, whole_steps=minute or data.draw(st.booleans()))
    end_ms = DAY_MS + world.span_s * 2000
    expected = judged(entry, group, rows, [end_ms])
    cuts = np.sort(rng.integers(DAY_MS, end_ms, data.draw(st.integers(0, 60)))).tolist()
    assert judged(entry, group, rows, [*cuts, end_ms]) == expected
    of_rows = np.unique(rows.time_ms).tolist()
    assert judged(entry, group, rows, [*of_rows, end_ms]) == expected


@pytest.mark.parametrize("kind", WORLDS)
def test_the_streams_reach_the_rule(kind: str) -> None:
    """The property above would be empty if its streams opened and closed nothing."""
    world = WORLDS[kind]
    found = set()
    group = group_of(world.entry, members_of(world.entry, *world.series))
    for seed in range(10):
        rows = _stream(world, np.random.default_rng(seed), whole_steps=True)
        found |= {s.phase for s in judged(world.entry, group, rows, [DAY_MS + 2000 * world.span_s])}
    assert found == {Phase.OPENED, Phase.CLOSED}


def test_every_rule_has_its_streams() -> None:
    """A rule added beside these must be shown not to depend on how rows are cut."""
    assert set(WORLDS) == {rule.kind for rule in RULES.values() if isinstance(rule, Followed)}


def test_spells_end_with_their_entry() -> None:
    """What is open when an entry goes out of force is closed at that moment, and only once."""
    entry = with_(WORLDS["held"].entry, valid_to=_TO)
    group = group_of(entry, members_of(entry, ("door_open", 60)))
    signals = judged(entry, group, columns([(1, 0, 1)]), [DAY_MS, DAY_MS + 180_000, entry.to_ms])
    assert [s.phase for s in signals] == [Phase.OPENED, Phase.CLOSED]
    assert signals[-1].at_ms == entry.to_ms
    assert signals[-1].inputs["out_of_force"] == 1
