"""Owns the sentences about early warnings. Must not judge, and must not call anything a breach."""

from __future__ import annotations

from collections.abc import Callable

from detectors.catalogue import Entry
from detectors.figures import Sentences, clock, number
from detectors.types import Signal


def _time_to_limit(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    if "slope_per_h" not in got:
        return _stopped(signal)
    level, slope = number(got["level"]), number(got["slope_per_h"])
    over, fit, needed = f"{got['over_min']:g}", number(got["fit"]), number(got["fit_min"])
    cells, at, unit = f"{got['cells']:g}", clock(signal.at_ms), entry.unit
    line = (
        (
            f"{at} 前 {over} 分钟内 {cells} 个五分钟均值的拟合直线：当前 {level} {unit}，"
            f"每小时变化 {slope} {unit}，拟合优度 R² = {fit}（须 ≥ {needed}）。"
        ),
        (
            f"The line through {cells} five-minute means of the {over} min up to {at} stands at "
            f"{level} {unit} and moves by {slope} {unit} an hour; its fit R² is {fit} (at least "
            f"{needed} is needed)."
        ),
    )
    minutes, ahead = got["minutes_to_limit"], f"{got['ahead_min']:g}"
    limit = entry.low if got["slope_per_h"] < 0 else entry.high
    if limit is None or not 0 < minutes < _NEVER_MIN:
        return (line,)
    bound, away = number(limit), number(minutes)
    forecast = (
        (
            f"照此趋势 ({bound} - {level}) / {slope} × 60 = {away} 分钟后触及 {bound} {unit}"
            f"（{ahead} 分钟以内即预警）。"
        ),
        (
            f"At this rate it meets {bound} {unit} in ({bound} - {level}) / {slope} x 60 = {away} "
            f"min (a warning is due within {ahead} min)."
        ),
    )
    return line, forecast


def _drift(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    if "slope_per_day" not in got:
        return _stopped(signal)
    days, slope, unit = f"{got['days']:g}", number(got["slope_per_day"]), entry.unit
    moved, least = number(got["moved"]), number(got["change_min"])
    error, sure, needed = (number(got[k]) for k in ("slope_error", "sure", "sure_min"))
    return (
        (
            (
                f"截至 {clock(signal.at_ms)} 的 {days} 个日均值的拟合直线每天变化 {slope} {unit}，"
                f"累计 {moved} {unit}（须 ≥ {least}）。"
            ),
            (
                f"The line through the {days} daily means up to {clock(signal.at_ms)} moves by "
                f"{slope} {unit} a day, {moved} {unit} in all (at least {least} is needed)."
            ),
        ),
        (
            f"斜率为其标准误 {error} 的 {sure} 倍（须 ≥ {needed} 倍）。",
            f"The slope is {sure} times its standard error of {error} (needed are {needed}).",
        ),
    )


def _change_point(signal: Signal, entry: Entry) -> Sentences:  # noqa: ARG001
    got = signal.inputs
    if "score" not in got:
        return _stopped(signal)
    found = []
    for name, hours in (("1_5h", "1.5"), ("6h", "6")):
        distance, usual, deviation = (
            number(got[f"{what}_{name}"]) for what in ("distance", "usual", "deviation")
        )
        found.append(
            (
                (
                    f"最近 {hours} 小时的曲线与记忆中最相近的一段相差 {distance}；"
                    f"通常相差 {usual}，标准差 {deviation}。"
                ),
                (
                    f"The last {hours} h are {distance} away from the most similar stretch in "
                    f"memory; usual are {usual}, give or take {deviation}."
                ),
            )
        )
    score, threshold = number(got["score"]), number(got["threshold"])
    found.append(
        (
            f"两者偏离的平均倍数为 {score}（达到 {threshold} 即提示）。",
            f"On average that is {score} deviations out (a lead is given from {threshold} on).",
        )
    )
    return tuple(found)


def _anomaly(signal: Signal, entry: Entry) -> Sentences:  # noqa: ARG001
    got = signal.inputs
    if "score" not in got:
        return _stopped(signal)
    series, value, baseline = (
        f"{got['series_id']:.0f}",
        number(got["value"]),
        number(got["baseline"]),
    )
    usual, step = number(got["usual_distance"]), number(got["step"])
    score, threshold = number(got["score"]), number(got["threshold"])
    at = clock(signal.at_ms)
    return (
        (
            (
                f"{at} 偏离最大的是 {series} 号序列：读数 {value}，前三小时中位数 {baseline}，"
                f"惯常偏离 {usual}，分辨力 {step}。"
            ),
            (
                f"At {at} series {series} stood out most: it read {value}, the median of the three "
                f"hours before was {baseline}, its usual distance from it is {usual} and its step "
                f"{step}."
            ),
        ),
        (
            f"得分 |{value} - {baseline}| / ({usual} + {step}) = {score}（界限 {threshold}）。",
            (
                f"The score |{value} - {baseline}| / ({usual} + {step}) is {score} (threshold "
                f"{threshold})."
            ),
        ),
    )


def _stopped(signal: Signal) -> Sentences:
    """Sentences for a spell that ended without a figure of its own."""
    at, got = clock(signal.at_ms), signal.inputs
    level = number(got.get("level", signal.value or 0.0))
    if "silent" in got:
        zh = f"此后再无读数，{at} 起不再判断。"
        en = f"No readings came after that; from {at} on nothing is judged."
    elif "out_of_force" in got:
        zh, en = f"本条目于 {at} 失效。", f"The entry went out of force at {at}."
    else:
        zh = f"{at} 的均值为 {level} {signal.unit}。"
        en = f"The mean at {at} was {level} {signal.unit}."
    return ((zh, en),)


_NEVER_MIN = 1e6

SAY_EARLY: dict[str, Callable[[Signal, Entry], Sentences]] = {
    "time_to_limit": _time_to_limit,
    "drift": _drift,
    "change_point": _change_point,
    "anomaly": _anomaly,
}
