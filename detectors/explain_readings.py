"""Owns the sentences about signals of readings. Must not judge."""

from __future__ import annotations

from collections.abc import Callable

from detectors.catalogue import Entry
from detectors.figures import Sentences, clock, number
from detectors.types import Signal


def _limit(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    zh, en = _bounds(signal)
    found = []
    if "median" in got:
        over = f"{entry.average_s / 60:g}"
        count, median = f"{got['window_readings']:g}", number(got["median"])
        found.append(
            (
                f"{clock(signal.at_ms)} 前 {over} 分钟内 {count} 个读数的中位数为 {median} "
                f"{signal.unit}，限值为 {zh}。"
                if entry.average_s
                else f"{clock(signal.at_ms)} 的读数为 {median} {signal.unit}，限值为 {zh}。",
                f"The median of {count} readings in the {over} min up to {clock(signal.at_ms)} "
                f"was {median} {signal.unit}; the limit is {en}."
                if entry.average_s
                else f"The reading at {clock(signal.at_ms)} was {median} {signal.unit}; "
                f"the limit is {en}.",
            )
        )
    if "bad_for_s" in got:
        lasted, needed = f"{got['bad_for_s'] / 60:g}", f"{entry.lasts_s / 60:g}"
        windows = f"{got['bad_windows']:g}"
        found.append(
            (
                (
                    f"自 {clock(signal.start_ms)} 起连续 {windows} 个窗口均超限，历时 "
                    f"{lasted} 分钟"
                    f"（≥ {needed} 分钟即报警）。"
                ),
                (
                    f"All {windows} windows since {clock(signal.start_ms)} were outside, for "
                    f"{lasted} min (an alert needs {needed} min)."
                ),
            )
        )
    if "good_for_s" in got:
        good, needed = f"{got['good_for_s'] / 60:g}", f"{entry.clears_s / 60:g}"
        inside = number(entry.hysteresis)
        found.append(
            (
                (
                    f"此后连续 {good} 分钟回到限值以内至少 {inside} {signal.unit}（≥ {needed} "
                    f"分钟即解除）。"
                ),
                (
                    f"It then stayed inside by at least {inside} {signal.unit} for {good} min "
                    f"(clearing needs {needed} min)."
                ),
            )
        )
    return tuple(found)


def _silence(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    silent, longest = f"{got['silent_s'] / 60:g}", f"{got['longest_s'] / 60:g}"
    times, interval = f"{got['intervals']:g}", f"{got['interval_s']:g}"
    floor = f"{entry.lasts_s / 60:g}"
    return (
        (
            (
                f"最后一次读数在 {clock(signal.start_ms)}，至 {clock(signal.at_ms)} 已 "
                f"{silent} 分钟无数据；"
                f"允许 max({times} × {interval} 秒, {floor} 分钟) = {longest} 分钟。"
            ),
            (
                f"The last reading came at {clock(signal.start_ms)}; at "
                f"{clock(signal.at_ms)} that "
                f"was {silent} min ago; allowed are max({times} x {interval} s, {floor} min) = "
                f"{longest} min."
            ),
        ),
    )


def _stuck(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    low, high, step = (number(got[k]) for k in ("lowest", "highest", "resolution"))
    spread = (
        (
            f"自 {clock(signal.start_ms)} 起读数始终在 {low} 至 {high} {signal.unit} 之间，"
            f"变化不超过分辨力 {step}。"
        ),
        (
            f"Since {clock(signal.start_ms)} every reading lay between {low} and {high} "
            f"{signal.unit}: no change beyond the probe's resolution of {step}."
        ),
    )
    if "unchanged_readings" not in got:
        return (spread,)
    count, lasted = f"{got['unchanged_readings']:g}", f"{got['unchanged_s'] / 60:g}"
    needed, least = f"{entry.lasts_s / 60:g}", f"{entry.parameters['readings_min']:g}"
    return (
        spread,
        (
            f"共 {count} 个读数，历时 {lasted} 分钟（≥ {least} 个且 ≥ {needed} 分钟即报警）。",
            (
                f"That is {count} readings over {lasted} min (an alert needs {least} readings and "
                f"{needed} min)."
            ),
        ),
    )


def _kept(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    bag, hours, allowed = f"{got['bag_number']:.0f}", f"{got['kept_h']:g}", f"{entry.high:g}"
    return (
        (
            (
                f"{bag} 号袋于 {clock(signal.start_ms)} 称重入库，至 {clock(signal.at_ms)} "
                f"已暂存 {hours} 小时（界限 {allowed} 小时）。"
            ),
            (
                f"Bag {bag} was weighed in at {clock(signal.start_ms)}; at "
                f"{clock(signal.at_ms)} it "
                f"had been kept for {hours} h (threshold {allowed} h)."
            ),
        ),
    )


def _bounds(signal: Signal) -> tuple[str, str]:
    low = None if signal.low is None else number(signal.low)
    high = None if signal.high is None else number(signal.high)
    if low is not None and high is not None:
        return f"{low} 至 {high} {signal.unit}", f"{low} to {high} {signal.unit}"
    if low is not None:
        return f"不低于 {low} {signal.unit}", f"at least {low} {signal.unit}"
    return f"不高于 {high} {signal.unit}", f"at most {high} {signal.unit}"


SAY_READINGS: dict[str, Callable[[Signal, Entry], Sentences]] = {
    "limit": _limit,
    "silence": _silence,
    "stuck": _stuck,
    "kept": _kept,
}
