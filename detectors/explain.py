"""Owns saying a signal's arithmetic in words, zh and en. Must not judge or translate law."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec

from detectors.catalogue import Catalogue, Citation, Entry, Text
from detectors.types import Phase, Signal

_ZONE = ZoneInfo("Asia/Shanghai")
Sentences = tuple[tuple[str, str], ...]  # (zh, en) pairs


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer needs to follow a signal.

    Attributes:
        kind_of_finding: ``breach``, ``warning``, ``lead`` or ``device``.
        zh, en: sentences, in order, with the same figures.
        law: what it rests on; ``penalty`` only for a breach.
        confidence: how sure the limit is: ``V``, ``P``, ``GK`` or ``eng``.
    """

    title: Text
    kind_of_finding: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    law: Citation
    penalty: Citation | None
    confidence: str
    source: str
    note: str
    runbook: Text


def explain(signal: Signal, catalogue: Catalogue) -> Explanation:
    """Puts the decision behind a signal into sentences.

    Raises:
        KeyError: the catalogue does not hold the rule version that decided it.
    """
    entry = catalogue.entry(signal.rule_id, signal.rule_version)
    say = _VISION[entry.rule] if entry.kind == "vision" else _READINGS[entry.kind]
    pairs = (*say(signal, entry), *_ended(signal), *_standing(entry))
    return Explanation(
        title=entry.title,
        kind_of_finding=entry.kind_of_finding,
        zh=tuple(zh for zh, _ in pairs),
        en=tuple(en for _, en in pairs),
        law=entry.law,
        penalty=entry.penalty,
        confidence=entry.confidence,
        source=entry.source,
        note=entry.note,
        runbook=entry.runbook,
    )


def _limit(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    zh, en = _bounds(signal)
    found = []
    if "median" in got:
        over = f"{entry.average_s / 60:g}"
        count, median = f"{got['window_readings']:g}", _number(got["median"])
        found.append(
            (
                f"{_clock(signal.at_ms)} 前 {over} 分钟内 {count} 个读数的中位数为 {median} "
                f"{signal.unit}，限值为 {zh}。"
                if entry.average_s
                else f"{_clock(signal.at_ms)} 的读数为 {median} {signal.unit}，限值为 {zh}。",
                f"The median of {count} readings in the {over} min up to {_clock(signal.at_ms)} "
                f"was {median} {signal.unit}; the limit is {en}."
                if entry.average_s
                else f"The reading at {_clock(signal.at_ms)} was {median} {signal.unit}; "
                f"the limit is {en}.",
            )
        )
    if "bad_for_s" in got:
        lasted, needed = f"{got['bad_for_s'] / 60:g}", f"{entry.lasts_s / 60:g}"
        windows = f"{got['bad_windows']:g}"
        found.append(
            (
                (
                    f"自 {_clock(signal.start_ms)} 起连续 {windows} 个窗口均超限，历时 "
                    f"{lasted} 分钟"
                    f"（≥ {needed} 分钟即报警）。"
                ),
                (
                    f"All {windows} windows since {_clock(signal.start_ms)} were outside, for "
                    f"{lasted} min (an alert needs {needed} min)."
                ),
            )
        )
    if "good_for_s" in got:
        good, needed = f"{got['good_for_s'] / 60:g}", f"{entry.clears_s / 60:g}"
        inside = _number(entry.hysteresis)
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
                f"最后一次读数在 {_clock(signal.start_ms)}，至 {_clock(signal.at_ms)} 已 "
                f"{silent} 分钟无数据；"
                f"允许 max({times} × {interval} 秒, {floor} 分钟) = {longest} 分钟。"
            ),
            (
                f"The last reading came at {_clock(signal.start_ms)}; at "
                f"{_clock(signal.at_ms)} that "
                f"was {silent} min ago; allowed are max({times} x {interval} s, {floor} min) = "
                f"{longest} min."
            ),
        ),
    )


def _stuck(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    low, high, step = (_number(got[k]) for k in ("lowest", "highest", "resolution"))
    spread = (
        (
            f"自 {_clock(signal.start_ms)} 起读数始终在 {low} 至 {high} {signal.unit} 之间，"
            f"变化不超过分辨力 {step}。"
        ),
        (
            f"Since {_clock(signal.start_ms)} every reading lay between {low} and {high} "
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
                f"{bag} 号袋于 {_clock(signal.start_ms)} 称重入库，至 {_clock(signal.at_ms)} "
                f"已暂存 {hours} 小时（界限 {allowed} 小时）。"
            ),
            (
                f"Bag {bag} was weighed in at {_clock(signal.start_ms)}; at "
                f"{_clock(signal.at_ms)} it "
                f"had been kept for {hours} h (threshold {allowed} h)."
            ),
        ),
    )


def _closed_area(signal: Signal, _entry: Entry) -> Sentences:
    got = signal.inputs
    if "looks" not in got:
        return ()
    seen, looks, people = (f"{got[k]:g}" for k in ("looks_present", "looks", "people"))
    return (
        (
            (
                f"最近 {looks} 次画面中有 {seen} 次在禁入区域内看到人，当前 {people} 人；"
                f"自 {_clock(signal.start_ms)} 起 {got['lasted_s']:g} 秒。"
            ),
            (
                f"Persons stood in the closed area in {seen} of the last {looks} looks, now "
                f"{people}; "
                f"{got['lasted_s']:g} s since {_clock(signal.start_ms)}."
            ),
        ),
    )


def _unattended_post(signal: Signal, entry: Entry) -> Sentences:
    empty, needed = f"{signal.value or 0:g}", f"{entry.lasts_s:g}"
    return (
        (
            f"自 {_clock(signal.start_ms)} 起岗位区域内 {empty} 秒无人（≥ {needed} 秒即报警）。",
            (
                f"Nobody stood at the post for {empty} s since {_clock(signal.start_ms)} "
                f"(an alert needs {needed} s)."
            ),
        ),
    )


def _crowding(signal: Signal, _entry: Entry) -> Sentences:
    value, limit = f"{signal.value or 0:g}", f"{signal.high or 0:g}"
    return (
        (
            (
                f"自 {_clock(signal.start_ms)} 起，区域内人数（多次画面的中位数）为 {value} 人，"
                f"核定 {limit} 人。"
            ),
            (
                f"Since {_clock(signal.start_ms)} the area held {value} people (median of several "
                f"looks); it is licensed for {limit}."
            ),
        ),
    )


def _covered(signal: Signal, entry: Entry) -> Sentences:
    got, bounds = signal.inputs, entry.parameters
    if "contrast" not in got:
        return ()
    contrast, sharpness, brightness = (
        f"{got[k]:.1f}" for k in ("contrast", "sharpness", "brightness")
    )
    least, fine = f"{bounds['contrast_min_luma']:g}", f"{bounds['sharpness_min_luma2']:g}"
    dark, glare = f"{bounds['brightness_min_luma']:g}", f"{bounds['brightness_max_luma']:g}"
    return (
        (
            (
                f"{_clock(signal.at_ms)} 画面对比度 {contrast}（下限 {least}）、清晰度 "
                f"{sharpness}（下限 {fine}）、"
                f"亮度 {brightness}（范围 {dark} 至 {glare}）。"
            ),
            (
                f"At {_clock(signal.at_ms)} the picture had contrast {contrast} (least {least}), "
                f"sharpness {sharpness} (least {fine}) and brightness {brightness} "
                f"(from {dark} to {glare})."
            ),
        ),
    )


def _ended(signal: Signal) -> Sentences:
    if signal.phase is not Phase.CLOSED:
        return ()
    minutes = f"{(signal.at_ms - signal.start_ms) / 60_000:g}"
    return (
        (
            f"本次情况于 {_clock(signal.at_ms)} 结束，共 {minutes} 分钟。",
            f"It ended at {_clock(signal.at_ms)} after {minutes} min.",
        ),
    )


def _standing(entry: Entry) -> Sentences:
    """What the finding is worth: never more than a lead until an officer decides."""
    said = {
        "breach": (
            "在线数据仅为线索，须经人工审核并按标准方法确认后方可认定违法。",
            "Online figures are a lead: a breach needs an officer's review and a confirmed test.",
        ),
        "warning": ("此为预警，尚不构成违法。", "This is an early warning, not a breach."),
        "lead": (
            "此为线索，未见其本身构成违法的规定。",
            "This is a lead; no law was read that it breaks by itself.",
        ),
        "device": (
            "此为监管设备异常，不作为处罚依据。",
            "This is a monitoring device at fault; it grounds no penalty.",
        ),
    }
    return (said[entry.kind_of_finding],)


def _bounds(signal: Signal) -> tuple[str, str]:
    low = None if signal.low is None else _number(signal.low)
    high = None if signal.high is None else _number(signal.high)
    if low is not None and high is not None:
        return f"{low} 至 {high} {signal.unit}", f"{low} to {high} {signal.unit}"
    if low is not None:
        return f"不低于 {low} {signal.unit}", f"at least {low} {signal.unit}"
    return f"不高于 {high} {signal.unit}", f"at most {high} {signal.unit}"


def _number(value: float) -> str:
    return f"{value:.4g}"


def _clock(time_ms: int) -> str:
    return dt.datetime.fromtimestamp(time_ms / 1000, _ZONE).strftime("%Y-%m-%d %H:%M:%S")


_READINGS: dict[str, Callable[[Signal, Entry], Sentences]] = {
    "limit": _limit,
    "silence": _silence,
    "stuck": _stuck,
    "kept": _kept,
}
_VISION: dict[str, Callable[[Signal, Entry], Sentences]] = {
    "closed_area": _closed_area,
    "unattended_post": _unattended_post,
    "crowding": _crowding,
    "covered": _covered,
}
