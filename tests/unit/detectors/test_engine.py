"""The engine's bookkeeping: late, repeated, refused, ticks, purity, versions, kept state."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from detectors.catalogue import bundled, parse
from detectors.readings import EngineState, decode_state, encode_state, expect, step
from detectors.readings.columns import trailing
from detectors.types import Flag, OpeningHours, Phase, Readings
from tests.unit.detectors.streams import DAY_MS, HOUR_MS, MINUTE_MS, a_series, play, readings
from tests.unit.detectors.test_catalogue import _GOOD

NOTHING = Readings.concat([])
ONE = {1: a_series()}


def _at(minute: float, value: float = 0.6, sid: int = 1) -> tuple[int, int, float]:
    return sid, DAY_MS + int(minute * MINUTE_MS), value


def test_late_and_repeated_are_counted_and_not_judged() -> None:
    """At or before what was judged is late; the same moment twice is judged once."""
    batch = readings([_at(0), _at(1), _at(1), _at(2)])
    _, results = play(
        [(batch, DAY_MS + 2 * MINUTE_MS), (readings([_at(2), _at(0.5), _at(3)]), DAY_MS + HOUR_MS)],
        ONE,
        bundled(),
    )
    assert [(r.late, r.repeated) for r in results] == [(0, 1), (2, 0)]


def test_above_the_watermark_waits() -> None:
    """Held readings are judged when the watermark passes them, not before."""
    rows = readings(_at(m, 0.1) for m in range(60))
    state = EngineState()
    held = step(state, rows, watermark_ms=DAY_MS - 1, series=ONE, catalogue=bundled())
    assert not held.signals
    later = step(state, NOTHING, watermark_ms=DAY_MS + HOUR_MS, series=ONE, catalogue=bundled())
    assert [s.rule_id for s in later.signals] == ["pool-free-chlorine"]


def test_an_idle_tick_changes_no_state() -> None:
    """Nothing to persist when nothing happened."""
    state = EngineState()
    step(state, readings([_at(0)]), watermark_ms=DAY_MS, series=ONE, catalogue=bundled())
    tick = step(state, NOTHING, watermark_ms=DAY_MS + MINUTE_MS, series=ONE, catalogue=bundled())
    assert (tick.touched, tick.groups, tick.signals) == (set(), set(), [])


def test_silence_opens_once_on_ticks_alone() -> None:
    """Decided by the watermark; later ticks say nothing more."""
    ticks = [(NOTHING, DAY_MS + m * MINUTE_MS) for m in range(1, 30)]
    signals, _ = play([(readings([_at(0)]), DAY_MS), *ticks], ONE, bundled())
    assert [(s.rule_id, s.phase, s.at_ms) for s in signals] == [
        ("sensor-silent", Phase.OPENED, DAY_MS + 10 * MINUTE_MS)
    ]


def test_a_series_that_never_reports_falls_silent() -> None:
    """``expect`` starts its clock when it is put into service."""
    state = EngineState()
    state.load([expect(1, DAY_MS)], {})
    signals, _ = play([(NOTHING, DAY_MS + HOUR_MS)], ONE, bundled(), state)
    assert [s.rule_id for s in signals] == ["sensor-silent"]


def test_unknown_series_and_wrong_units_are_refused_with_a_reason() -> None:
    """A limit in another unit must not be compared, and must not pass as good either."""
    known = {1: a_series(unit="ppm")}
    result = step(
        EngineState(),
        readings([*(_at(m, 0.1) for m in range(60)), _at(0, 0.1, sid=9)]),
        watermark_ms=DAY_MS + HOUR_MS,
        series=known,
        catalogue=bundled(),
    )
    assert result.refused.keys() == {1, 9}
    assert "unit 'ppm'" in result.refused[1]
    assert result.refused[9] == "unknown series"
    assert not [s for s in result.signals if s.rule_id == "pool-free-chlorine"]


def test_series_of_one_device_have_spells_of_their_own() -> None:
    """Two probes of one device fall silent at one moment: two spells, two ids."""
    known = {1: a_series(1), 2: a_series(2, quantity="ph", unit="pH")}
    signals, _ = play(
        [(readings([_at(0), _at(0, 7.4, sid=2)]), DAY_MS + HOUR_MS)], known, bundled()
    )
    assert len({s.spell_id for s in signals}) == 2


def test_the_version_of_the_act_judges_it() -> None:
    """A spell of version 1 ends with it; version 2 judges what comes after by its own limit."""
    stricter = (
        _GOOD.replace('version = "1"', 'version = "2"')
        .replace("valid_from = 2026-01-01", "valid_from = 2026-03-02")
        .replace("valid_to = 2026-03-02\n", "")
        .replace("low = 0.3", "low = 0.5")
    )
    catalogue = parse({"x.toml": _GOOD + stricter})
    known = {1: a_series(quantity="free_chlorine")}
    rows = readings(_at(m, 0.2 if m < -30 else 0.4) for m in range(-60, 60))
    ahead = _GOOD.replace("hysteresis = 0.1", "hysteresis = 0.2")
    signals, _ = play([(rows, DAY_MS + HOUR_MS)], known, catalogue)
    assert [(s.rule_version, s.phase.value, (s.at_ms - DAY_MS) // MINUTE_MS) for s in signals] == [
        ("1", "opened", -60),
        ("1", "closed", -30),
        ("2", "opened", 0),
    ]
    signals, _ = play([(rows, DAY_MS + HOUR_MS)], known, parse({"x.toml": ahead + stricter}))
    assert [(s.rule_version, s.phase.value, (s.at_ms - DAY_MS) // MINUTE_MS) for s in signals] == [
        ("1", "opened", -60),
        ("1", "closed", 0),
        ("2", "opened", 0),
    ]


def test_open_hours_silence_waits_for_opening() -> None:
    """Silence that counts only in open hours is established after opening."""
    text = _silence_in_open_hours()
    known = {1: a_series(hours=OpeningHours.daily(360, 1320))}
    signals, _ = play(
        [(readings([_at(10)]), DAY_MS + 8 * HOUR_MS)], known, parse({"silent.toml": text})
    )
    assert [(s.at_ms - DAY_MS) // MINUTE_MS for s in signals] == [370]


def _silence_in_open_hours() -> str:
    """A silence entry for open hours."""
    return (
        _GOOD.replace('kind = "limit"', 'kind = "silence"')
        .replace('kind_of_finding = "breach"', 'kind_of_finding = "device"\nwhen = "open"')
        .replace('penalty = {name = "P", article = "2"}\n', "")
        .replace('quantity = "free_chlorine"', 'quantities = ["free_chlorine"]')
        .replace("low = 0.3\nhigh = 1.0\nhysteresis = 0.1", "lasts_s = 600")
        .replace("{readings_min = 1}", "{intervals = 10}")
        .replace('unit = "mg/L"', 'unit = "s"')
        .replace("valid_to = 2026-03-02\n", "")
    )


def test_the_median_is_the_median_and_the_mean_the_mean() -> None:
    """Against numpy, window by window, across the block boundary."""
    rng = np.random.default_rng(1)
    time_ms = np.sort(rng.choice(50_000, 3000, replace=False)).astype(np.int64)
    value = rng.normal(size=3000)
    medians, count = trailing("median", time_ms, value, 5, 12_000)
    means, _ = trailing("mean", time_ms, value, 5, 12_000)
    for row in range(0, 2995, 97):
        at = time_ms[row + 5]
        inside = value[(time_ms > at - 12_000) & (time_ms <= at)]
        assert count[row] == len(inside)
        assert medians[row] == np.median(inside)
        assert means[row] == pytest.approx(np.mean(inside), abs=1e-12)


def test_states_survive_storing() -> None:
    """msgpack and back is the same state, spells and all."""
    rows = readings(_at(m, 0.1) for m in range(60))
    state = EngineState()
    step(state, rows, watermark_ms=DAY_MS + HOUR_MS, series=ONE, catalogue=bundled())
    kept = state.stored(0)
    assert kept.limits
    assert decode_state(encode_state(kept)) == kept
    with pytest.raises(msgspec.MsgspecError):
        decode_state(b"\xc1")


def test_inputs_recompute_the_decision() -> None:
    """By hand: the median of the window, how long it was outside, and what was needed."""
    values = [0.6] * 60 + [0.2] * 60
    signals, _ = play(
        [(readings(_at(m, v) for m, v in enumerate(values)), DAY_MS + 119 * MINUTE_MS)],
        ONE,
        bundled(),
    )
    (opened,) = [s for s in signals if s.rule_id == "pool-free-chlorine"]
    minute = (opened.at_ms - DAY_MS) // MINUTE_MS
    window = values[minute - 14 : minute + 1]
    assert opened.inputs["median"] == float(np.median(window)) == opened.value
    assert opened.inputs["window_readings"] == len(window)
    assert opened.inputs["bad_for_s"] == (opened.at_ms - opened.start_ms) / 1000 == 900
    assert (opened.low, opened.high, opened.unit) == (0.3, 1.0, "mg/L")


def _device_finding(kind: str, rest: str) -> str:
    """An entry about a monitor, of a kind that looks at single values."""
    return (
        _GOOD.replace('kind = "limit"', f'kind = "{kind}"')
        .replace('kind_of_finding = "breach"', 'kind_of_finding = "device"')
        .replace('penalty = {name = "P", article = "2"}\n', "")
        .replace("low = 0.3\nhigh = 1.0\nhysteresis = 0.1", rest)
        .replace("valid_to = 2026-03-02\n", "")
    )


def test_a_jump_is_found_and_ends_with_steady_values() -> None:
    """One step larger than allowed between neighbours; what comes after is steady again."""
    text = _device_finding("jump", "high = 0.4\nclears_s = 300").replace('"x"', '"free_chlorine"')
    values = [0.5] * 20 + [1.5] * 20
    rows = readings(_at(m, v) for m, v in enumerate(values))
    catalogue = parse({"jump.toml": text})
    signals, _ = play([(rows, DAY_MS + HOUR_MS)], ONE, catalogue)
    assert [(s.phase.value, (s.at_ms - DAY_MS) // MINUTE_MS) for s in signals] == [
        ("opened", 20),
        ("closed", 26),
    ]
    assert signals[0].value == pytest.approx(1.0)
    calm, _ = play([(readings(_at(m) for m in range(40)), DAY_MS + HOUR_MS)], ONE, catalogue)
    assert not calm


def test_an_impossible_value_is_a_finding_about_the_device_and_breaks_no_limit() -> None:
    """A chlorine of 900 mg/L flagged so by the gateway's stage: never judged as a breach."""
    text = (
        _device_finding("impossible", "clears_s = 120")
        .replace('quantity = "free_chlorine"', 'quantities = ["free_chlorine"]')
        .replace('quantity = "x"', 'quantities = ["free_chlorine"]')
        .replace("{readings_min = 1}", "{}")
    )
    rows = readings(_at(m, 900.0 if m == 30 else 0.6) for m in range(60))
    rows.flag[30] = Flag.IMPOSSIBLE
    signals, _ = play([(rows, DAY_MS + HOUR_MS)], ONE, parse({"x.toml": text}))
    assert [(s.phase.value, (s.at_ms - DAY_MS) // MINUTE_MS, s.value) for s in signals] == [
        ("opened", 30, 900.0),
        ("closed", 33, 900.0),
    ]
    breaches, _ = play([(rows, DAY_MS + HOUR_MS)], ONE, bundled())
    assert "pool-free-chlorine" not in {s.rule_id for s in breaches}
