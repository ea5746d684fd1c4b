"""Owns the sentences about signals of rules over groups. Must not judge."""

from __future__ import annotations

from collections.abc import Callable

from detectors.catalogue import Entry
from detectors.figures import Sentences, clock, number
from detectors.types import Signal


def _balance(signal: Signal, entry: Entry) -> Sentences:  # noqa: ARG001
    got = signal.inputs
    opening, came, went = (number(got[k]) for k in ("opening_kg", "in_kg", "out_kg"))
    expected, stock = number(got["expected_kg"]), number(got["stock_kg"])
    apart, allowed = number(got["apart_kg"]), number(got["tolerance_kg"])
    since, until = clock(int(got["opening_ms"])), clock(int(got["stock_ms"]))
    return (
        (
            (
                f"{since} 库存 {opening} kg，此后入库 {came} kg、出库 {went} kg，应存 {expected} "
                "kg；"
                f"{until} 实存 {stock} kg。"
            ),
            (
                f"At {since} the stock was {opening} kg; then {came} kg came and {went} kg went, "
                "which "
                f"leaves {expected} kg; at {until} it was {stock} kg."
            ),
        ),
        (
            f"相差 {apart} kg，允许 {allowed} kg。",
            f"That is {apart} kg apart; allowed are {allowed} kg.",
        ),
    )


def _a0(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    a0, needed, peak = (number(got[k]) for k in ("a0_s", "needed_s", "peak_c"))
    cycle, start = number(got["cycle_s"]), number(entry.parameters["from_c"])
    above = [number(got[f"above_{mark}_s"]) for mark in (70, 80, 90)]
    return (
        (
            (
                f"{clock(signal.start_ms)} 开始的锅次（{start} °C 以上 {cycle} 秒，最高 {peak} °C）"
                f"A0 = Σ10^((T-80)/10)Δt = {a0}，要求 {needed}。"
            ),
            (
                f"The cycle that began at {clock(signal.start_ms)} ({cycle} s above {start} °C, at "
                f"most {peak} °C) came to A0 = Σ10^((T-80)/10)Δt = {a0}; needed are {needed}."
            ),
        ),
        (
            f"其中 70 °C 以上 {above[0]} 秒，80 °C 以上 {above[1]} 秒，90 °C 以上 {above[2]} 秒。",
            (
                f"Of it {above[0]} s were at 70 °C or more, {above[1]} s at 80 °C, {above[2]} s at "
                f"90 °C."
            ),
        ),
        *_unseen(signal),
    )


def _cycle(signal: Signal, entry: Entry) -> Sentences:  # noqa: ARG001
    got = signal.inputs
    set_c, held, needed = (number(got[k]) for k in ("class_c", "held_s", "needed_s"))
    top, reached, peak = (
        number(x) for x in (got["class_c"] + got["band_c"], got["reached_s"], got["peak_c"])
    )
    found = [
        (
            (
                f"{clock(signal.start_ms)} 开始的灭菌循环按 {set_c} °C 判定：温度（至 {top} °C）"
                "和压力"
                f"均在范围内的最长连续时间为 {held} 秒，要求 {needed} 秒。"
            ),
            (
                f"The cycle that began at {clock(signal.start_ms)} was judged as {set_c} °C: the "
                f"longest unbroken time with temperature (up to {top} °C) and pressure in their "
                "bands was "
                f"{held} s; needed are {needed} s."
            ),
        ),
        (
            f"达到该温度共 {reached} 秒，最高 {peak} °C。",
            f"That temperature was reached for {reached} s in all, at most {peak} °C.",
        ),
    ]
    hot = number(got["too_hot_readings"])
    if got["too_hot_readings"]:
        found.append((f"{hot} 个读数温度过高。", f"{hot} readings were too hot."))
    if got["pressure_low_readings"] or got["pressure_high_readings"]:
        below, above = (number(got[f"pressure_{side}_readings"]) for side in ("low", "high"))
        low, high = number(got["class_low_kpa"]), number(got["class_high_kpa"])
        found.append(
            (
                f"压力应为 {low} 至 {high} kPa：{below} 个读数偏低，{above} 个偏高。",
                (
                    f"Pressure should be {low} to {high} kPa: {below} readings were below, "
                    f"{above} above."
                ),
            )
        )
    missing = number(got["pressure_unknown_readings"])
    if got["pressure_unknown_readings"]:
        found.append(
            (
                f"{missing} 个温度读数没有对应压力。",
                f"{missing} readings had no pressure beside them.",
            )
        )
    return (*found, *_unseen(signal))


def _ran(signal: Signal, entry: Entry) -> Sentences:  # noqa: ARG001
    on, needed = (f"{signal.inputs[k] / 60:g}" for k in ("on_s", "needed_s"))
    return (
        (
            f"{clock(signal.start_ms)} 开启，共照射 {on} 分钟，要求 {needed} 分钟。",
            (
                f"Switched on at {clock(signal.start_ms)} it ran for {on} min; needed are "
                f"{needed} min."
            ),
        ),
        *_unseen(signal),
    )


def _lamp(signal: Signal, entry: Entry) -> Sentences:
    hours, allowed = number(signal.inputs["burnt_h"]), f"{entry.high:g}"
    since = clock(int(signal.inputs["counted_since_ms"]))
    return (
        (
            f"自 {since} 起累计点亮 {hours} 小时（界限 {allowed} 小时）。",
            f"Since {since} it has burnt {hours} h (threshold {allowed} h).",
        ),
    )


def _held(signal: Signal, entry: Entry) -> Sentences:  # noqa: ARG001
    lasted, longest = (f"{signal.inputs[k] / 60:g}" for k in ("on_s", "longest_s"))
    return (
        (
            f"自 {clock(signal.start_ms)} 起持续 {lasted} 分钟（界限 {longest} 分钟）。",
            f"Since {clock(signal.start_ms)} it has lasted {lasted} min (threshold {longest} min).",
        ),
    )


def _door(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    tolerance = f"{entry.parameters['tolerance_s'] / 60:g}"
    found = []
    if "reading" in got:
        reading, (zh, en) = number(got["reading"]), _bounds(signal)
        found.append(
            (
                (
                    f"{clock(signal.at_ms)} 的读数为 {reading} {signal.unit}，限值为 {zh}；门关闭"
                    "已超过"
                    f" {tolerance} 分钟。"
                ),
                (
                    f"The reading at {clock(signal.at_ms)} was {reading} {signal.unit}; the "
                    "limit is "
                    f"{en}; the door had been shut for more than {tolerance} min."
                ),
            )
        )
    return (*found, *_run(signal, entry))


def _gated(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    worst, (zh, en) = number(got["worst"]), _bounds(signal)
    if "mean" not in got:
        return (
            (f"最差均值 {worst} {signal.unit}。", f"The worst mean was {worst} {signal.unit}."),
        )
    mean, count, lasted = number(got["mean"]), f"{got['readings']:g}", number(got["on_s"])
    settle = f"{entry.parameters['settle_s']:g}"
    return (
        (
            (
                f"截至 {clock(signal.at_ms)} 开启的 {lasted} 秒内，去掉最初 {settle} 秒，{count} "
                "个读数"
                f"的均值为 {mean} {signal.unit}，限值为 {zh}。"
            ),
            (
                f"In the {lasted} s on up to {clock(signal.at_ms)}, leaving out the first "
                f"{settle} s, "
                f"the mean of {count} readings was {mean} {signal.unit}; the limit is {en}."
            ),
        ),
    )


def _daily_mean(signal: Signal, entry: Entry) -> Sentences:  # noqa: ARG001
    got = signal.inputs
    mean, count, total = number(got["mean"]), f"{got['readings']:g}", f"{got['total']:.6g}"
    blocks, hours = f"{got['blocks']:g}", f"{got['block_s'] / 3600:g}"
    lowest, highest, (zh, en) = number(got["lowest"]), number(got["highest"]), _bounds(signal)
    return (
        (
            (
                f"自 {clock(signal.start_ms)} 起一日 {count} 个读数之和 {total}，均值 {mean} "
                f"{signal.unit}，限值为 {zh}。"
            ),
            (
                f"The {count} readings of the day from {clock(signal.start_ms)} sum to {total}, "
                "a mean "
                f"of {mean} {signal.unit}; the limit is {en}."
            ),
        ),
        (
            f"读数分布于 {blocks} 个 {hours} 小时时段，最低 {lowest}，最高 {highest}。",
            f"They lie in {blocks} blocks of {hours} h, from {lowest} to {highest}.",
        ),
    )


def _disagree(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    found = []
    if "difference" in got:
        here, there, apart = (number(got[k]) for k in ("value", "other_value", "difference"))
        one, other = f"{got['series_id']:.0f}", f"{got['other_series_id']:.0f}"
        allowed = number(entry.high or 0.0)
        found.append(
            (
                (
                    f"{clock(signal.at_ms)} 序列 {one} 为 {here} {signal.unit}，序列 {other} 为 "
                    f"{there} {signal.unit}，相差 {apart}（允许 {allowed}）；哪一支有误尚不清楚。"
                ),
                (
                    f"At {clock(signal.at_ms)} series {one} showed {here} {signal.unit} and series "
                    f"{other} {there} {signal.unit}, {apart} apart (allowed {allowed}); which of "
                    "them "
                    f"is wrong is not known."
                ),
            )
        )
    return (*found, *_run(signal, entry))


def _run(signal: Signal, entry: Entry) -> Sentences:
    """How long a run was bad before a spell opened, or good before it closed."""
    got = signal.inputs
    for key, zh, en, least in (
        ("bad_for_s", "持续异常", "It was bad for", entry.lasts_s),
        ("good_for_s", "此后持续正常", "It was good again for", entry.clears_s),
    ):
        if key in got:
            lasted, needed = f"{got[key] / 60:g}", f"{least / 60:g}"
            return (
                (
                    f"{zh} {lasted} 分钟（≥ {needed} 分钟即判定）。",
                    f"{en} {lasted} min (it takes {needed} min).",
                ),
            )
    return ()


def _unseen(signal: Signal) -> Sentences:
    """Whether a gap leaves the verdict open."""
    if not signal.inputs["unknown"]:
        return ()
    missing = number(signal.inputs["missing_s"])
    return (
        (
            f"数据有缺失（最长间断 {missing} 秒）：不能确认合格，也不能确认不合格。",
            f"Data are missing (longest gap {missing} s): neither passed nor failed is shown.",
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


SAY_GROUPS: dict[str, Callable[[Signal, Entry], Sentences]] = {
    "balance": _balance,
    "a0": _a0,
    "cycle": _cycle,
    "ran": _ran,
    "lamp": _lamp,
    "held": _held,
    "door": _door,
    "gated": _gated,
    "daily_mean": _daily_mean,
    "disagree": _disagree,
}
