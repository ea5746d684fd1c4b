"""How readings are cut into batches and shuffled must change nothing: replay equals live."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.catalogue import Catalogue, parse
from detectors.readings import StepResult
from detectors.types import OpeningHours, Readings, Series
from tests.unit.detectors.streams import DAY_MS, HOUR_MS, MINUTE_MS, a_series, in_order, play

_TOML = """
[[entry]]
id = "chlorine"
version = "1"
valid_from = 2026-01-01
valid_to = 2026-03-03
kind = "limit"
kind_of_finding = "lead"
title = {zh = "x", en = "x"}
site_kinds = ["pool"]
quantity = "free_chlorine"
unit = "mg/L"
low = 0.3
high = 1.0
hysteresis = 0.05
average_s = 300
lasts_s = 300
clears_s = 240
when = "open"
severity = "high"
law = {name = "x", article = "1"}
source = "x"
confidence = "eng"
runbook = {zh = "x", en = "x"}
parameters = {readings_min = 2}
[[entry]]
id = "silent"
version = "1"
valid_from = 2026-01-01
kind = "silence"
kind_of_finding = "device"
title = {zh = "x", en = "x"}
site_kinds = ["any"]
quantities = ["free_chlorine"]
unit = "s"
lasts_s = 300
when = "WHEN"
severity = "high"
law = {name = "x", article = "1"}
source = "x"
confidence = "eng"
runbook = {zh = "x", en = "x"}
parameters = {intervals = 4}
[[entry]]
id = "stuck"
version = "1"
valid_from = 2026-01-01
valid_to = 2026-03-03
kind = "stuck"
kind_of_finding = "device"
title = {zh = "x", en = "x"}
site_kinds = ["any"]
quantities = ["free_chlorine"]
lasts_s = 600
when = "open"
severity = "high"
law = {name = "x", article = "1"}
source = "x"
confidence = "eng"
runbook = {zh = "x", en = "x"}
parameters = {readings_min = 4}
[[entry]]
id = "kept"
version = "1"
valid_from = 2026-01-01
kind = "kept"
kind_of_finding = "lead"
title = {zh = "x", en = "x"}
site_kinds = ["any"]
quantity = "waste_bag_in"
unit = "h"
high = 1.0
severity = "high"
law = {name = "x", article = "1"}
source = "x"
confidence = "eng"
runbook = {zh = "x", en = "x"}
"""
CATALOGUES = {
    when: parse({"small.toml": _TOML.replace("WHEN", when)}) for when in ("always", "open")
}
HOURS = OpeningHours.daily(22 * 60 + 20, 23 * 60 + 40)
KNOWN: dict[int, Series] = {
    1: a_series(1, hours=HOURS),
    2: a_series(2),
    3: a_series(3, quantity="waste_bag_in", unit=""),
    4: a_series(4, quantity="waste_bag_out", unit=""),
}
START_MS = DAY_MS + 22 * HOUR_MS  # two hours before the limit and stuck entries go out of force
SPAN_MIN = 180


@st.composite
def streams(draw: st.DrawFn) -> Readings:
    """Levels that hold for a while, with holes, jitter, spikes, other flags and repeats."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    parts = []
    for sid in (1, 2):
        n = draw(st.integers(0, SPAN_MIN))
        levels = draw(
            st.lists(st.sampled_from([0.5, 0.2, 0.32, 1.3, 0.98]), min_size=1, max_size=8)
        )
        value = np.resize(np.repeat(levels, draw(st.integers(1, 40))), n)
        value = value + rng.choice([0.0, 0.0, 0.004, 0.02, 2.0], n, p=[0.5, 0.2, 0.15, 0.13, 0.02])
        minutes = np.sort(rng.choice(SPAN_MIN, n, replace=False))
        hole = draw(st.integers(0, SPAN_MIN))
        kept = (minutes < hole) | (minutes > hole + draw(st.integers(0, 30)))
        flag = rng.choice([0, 1, 2], n, p=[0.9, 0.05, 0.05])
        parts.append(_columns(minutes[kept], sid, value[kept], flag[kept]))
    for sid in (3, 4):
        n = draw(st.integers(0, 8))
        minutes = np.sort(rng.choice(SPAN_MIN, n, replace=False))
        parts.append(_columns(minutes, sid, rng.integers(1, 4, n), np.zeros(n)))
    rows = Readings.concat(parts)
    again = rng.choice(len(rows), len(rows) // 20) if len(rows) else np.zeros(0, np.intp)
    return Readings.concat([rows, _take(rows, again)])


def _columns(minutes: object, sid: int, value: object, flag: object) -> Readings:
    time_ms = START_MS + np.asarray(minutes, np.int64) * MINUTE_MS
    return Readings(
        time_ms=time_ms,
        series=np.full(len(time_ms), sid, np.int32),
        value=np.asarray(value, np.float64),
        flag=np.asarray(flag, np.uint8),
    )


def _take(rows: Readings, order: object) -> Readings:
    index = np.asarray(order, np.intp)
    return Readings(
        time_ms=rows.time_ms[index],
        series=rows.series[index],
        value=rows.value[index],
        flag=rows.flag[index],
    )


@st.composite
def deliveries(draw: st.DrawFn, rows: Readings) -> list[tuple[Readings, int]]:
    """One way of delivering rows: bounded shuffle, random cuts, watermarks that promise no lie."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    lag_ms = draw(st.integers(0, 20)) * MINUTE_MS
    arrival = rows.time_ms + rng.integers(0, lag_ms + 1, len(rows))
    shuffled = _take(rows, np.argsort(arrival, kind="stable"))
    cuts = np.sort(rng.integers(0, len(rows) + 1, draw(st.integers(0, 30)))).tolist()
    batches = []
    for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        rest = shuffled.time_ms[end:]
        ahead = int(rest.min()) - 1 if len(rest) else START_MS + 300 * MINUTE_MS
        watermark_ms = ahead - int(rng.integers(0, 5)) * MINUTE_MS
        batches.append((_take(shuffled, np.arange(start, end)), watermark_ms))
    return [*batches, (Readings.concat([]), START_MS + 300 * MINUTE_MS)]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_cutting_and_shuffling_change_no_signal(data: st.DataObject) -> None:
    """Ordered in one batch, or shuffled in many: identical signals, ids and figures."""
    rows = data.draw(streams())
    catalogue: Catalogue = data.draw(st.sampled_from(list(CATALOGUES.values())))
    whole = _take(rows, np.lexsort((rows.time_ms, rows.series)))
    expected, once = play([(whole, START_MS + 300 * MINUTE_MS)], KNOWN, catalogue)
    found, many = play(data.draw(deliveries(rows)), KNOWN, catalogue)
    assert in_order(found) == in_order(expected)
    assert not once[0].late
    assert not sum(result.late for result in many) - _repeats_come_late(many, once)
    assert len({s.signal_id for s in found}) == len(found)


def _repeats_come_late(many: list[StepResult], once: list[StepResult]) -> int:
    """A repeat delivered after its first was judged counts as late instead of repeated."""
    repeated = sum(result.repeated for result in many)
    return sum(result.repeated for result in once) - repeated


def test_the_streams_reach_every_rule() -> None:
    """The property above would be empty if its streams opened nothing."""
    rng = np.random.default_rng(3)
    minutes = np.arange(SPAN_MIN)
    value = np.where(minutes < 60, 0.2 + rng.normal(0, 0.02, SPAN_MIN), 0.5)
    away = (minutes > 120) & (minutes < 150)
    parts = [_columns(minutes[~away], 2, value[~away], np.zeros(SPAN_MIN)[~away])]
    parts.append(_columns([5], 3, [7], [0]))
    parts.append(_columns([100], 4, [7], [0]))
    signals, _ = play(
        [(Readings.concat(parts), START_MS + 300 * MINUTE_MS)], KNOWN, CATALOGUES["always"]
    )
    ids = {(s.rule_id, s.phase.value) for s in signals}
    assert {
        (r, p) for r in ("chlorine", "silent", "stuck", "kept") for p in ("opened", "closed")
    } <= ids
