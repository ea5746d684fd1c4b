"""Owns the sentences about signals of readings. Must not judge."""

from __future__ import annotations

from collections.abc import Callable

from detectors.catalogue import Entry
from detectors.figures import Sentences, clock, number
from detectors.types import Signal


def _limit(signal: Signal, entry: Entry) -> Sentences:
    parts = (
        (entry.statistic, _average),
        ("bad_for_s", _outside_for),
        ("good_for_s", _inside_for),
    )
    return tuple(say(signal, entry) for name, say in parts if name in signal.inputs)


def _average(signal: Signal, entry: Entry) -> tuple[str, str]:
    zh, en = _bounds(signal)
    at, value = clock(signal.at_ms), f"{number(signal.inputs[entry.statistic])} {signal.unit}"
    if not entry.average_s:
        return (
            f"{at} 的读数为 {value}，限值为 {zh}。",
            f"The reading at {at} was {value}; the limit is {en}.",
        )
    word = "中位数" if entry.statistic == "median" else "平均值"
    over, count = f"{entry.average_s / 60:g}", f"{signal.inputs['window_readings']:g}"
    return (
        f"{at} 前 {over} 分钟内 {count} 个读数的{word}为 {value}，限值为 {zh}。",
        (
            f"The {entry.statistic} of {count} readings in the {over} min up to {at} was {value}; "
            f"the limit is {en}."
        ),
    )


def _outside_for(signal: Signal, entry: Entry) -> tuple[str, str]:
    since, windows = clock(signal.start_ms), f"{signal.inputs['bad_windows']:g}"
    lasted, needed = f"{signal.inputs['bad_for_s'] / 60:g}", f"{entry.lasts_s / 60:g}"
    return (
        f"自 {since} 起连续 {windows} 个窗口均超限，历时 {lasted} 分钟（≥ {needed} 分钟即报警）。",
        (
            f"All {windows} windows since {since} were outside, for {lasted} min "
            f"(an alert needs {needed} min)."
        ),
    )


def _inside_for(signal: Signal, entry: Entry) -> tuple[str, str]:
    good, needed = f"{signal.inputs['good_for_s'] / 60:g}", f"{entry.clears_s / 60:g}"
    inside = f"{number(entry.hysteresis)} {signal.unit}"
    return (
        f"此后连续 {good} 分钟回到限值以内至少 {inside}（≥ {needed} 分钟即解除）。",
        (
            f"It then stayed inside by at least {inside} for {good} min "
            f"(clearing needs {needed} min)."
        ),
    )


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


def _impossible(signal: Signal, _entry: Entry) -> Sentences:
    value, when = number(signal.value or 0), clock(signal.start_ms)
    low, high = (number(signal.inputs[k]) for k in ("lowest_possible", "highest_possible"))
    return (
        (
            (
                f"{when} 设备报出 {value} {signal.unit}，该指标只可能在 {low} 至 {high} 之间；"
                "该读数不参与限值判断。"
            ),
            (
                f"At {when} the device reported {value} {signal.unit}; such a figure can only lie "
                f"between {low} and {high}. It was judged by no limit."
            ),
        ),
    )


def _jump(signal: Signal, entry: Entry) -> Sentences:
    step, allowed, when = number(signal.value or 0), number(entry.high or 0), clock(signal.start_ms)
    return (
        (
            f"{when} 相邻两个读数相差 {step} {signal.unit}（超过 {allowed} 即提示）。",
            (
                f"At {when} two readings one after the other were {step} {signal.unit} apart "
                f"(more than {allowed} is reported)."
            ),
        ),
    )


def _clock_skew(signal: Signal, entry: Entry) -> Sentences:
    offset = number(signal.inputs["offset_s"])
    messages, when = f"{signal.inputs['messages']:g}", clock(signal.at_ms)
    ahead, behind = (number(entry.parameters[k]) for k in ("ahead_s", "behind_s"))
    return (
        (
            (
                f"至 {when}，设备最近 {messages} 条报文的最新读数与到达时间一致地相差 {offset} 秒"
                f"（正为快、负为慢；快 {ahead} 秒或慢 {behind} 秒即提示）。"
            ),
            (
                f"Up to {when} the newest reading of the last {messages} messages was steadily "
                f"{offset} s from their arrival (plus is ahead; {ahead} s ahead or {behind} s "
                "behind is reported)."
            ),
        ),
    )


SAY_READINGS: dict[str, Callable[[Signal, Entry], Sentences]] = {
    "limit": _limit,
    "silence": _silence,
    "stuck": _stuck,
    "kept": _kept,
    "impossible": _impossible,
    "jump": _jump,
    "clock_skew": _clock_skew,
}
