"""Owns the sentences about signals of cameras. Must not judge."""

from __future__ import annotations

from collections.abc import Callable

from detectors.catalogue import Entry
from detectors.figures import Sentences, clock
from detectors.types import Signal


def _closed_area(signal: Signal, _entry: Entry) -> Sentences:
    return _somebody(signal, ("在禁入区域内", "in the closed area"))


def _out_of_hours(signal: Signal, _entry: Entry) -> Sentences:
    return _somebody(signal, ("在非营业时间", "out of hours"))


def _somebody(signal: Signal, where: tuple[str, str]) -> Sentences:
    got = signal.inputs
    if "looks_inside" not in got:
        return ()
    looks, needed, people = (f"{got[k]:g}" for k in ("looks_inside", "looks_min", "people"))
    score, least = f"{got['score']:.2f}", f"{got['score_min']:g}"
    since, lasted = clock(signal.start_ms), f"{got['lasted_s']:g}"
    return (
        (
            (
                f"自 {since} 起 {lasted} 秒，{where[0]}看到人，当前 {people} 人；"
                f"同一人见于 {looks} 次观察（至少 {needed} 次），"
                f"轨迹得分中位数 {score}（至少 {least}）。"
            ),
            (
                f"For {lasted} s since {since} somebody was seen {where[1]}, now {people} of them; "
                f"one was seen in {looks} looks (at least {needed}), with a median score over the "
                f"track of {score} (at least {least})."
            ),
        ),
    )


def _unattended_post(signal: Signal, entry: Entry) -> Sentences:
    empty, needed = f"{signal.value or 0:g}", f"{entry.lasts_s:g}"
    return (
        (
            f"自 {clock(signal.start_ms)} 起岗位区域内 {empty} 秒无人（≥ {needed} 秒即报警）。",
            (
                f"Nobody stood at the post for {empty} s since {clock(signal.start_ms)} "
                f"(an alert needs {needed} s)."
            ),
        ),
    )


def _crowding(signal: Signal, _entry: Entry) -> Sentences:
    value, limit = f"{signal.value or 0:g}", f"{signal.high or 0:g}"
    return (
        (
            (
                f"自 {clock(signal.start_ms)} 起，区域内人数（多次画面的中位数）为 {value} 人，"
                f"核定 {limit} 人。"
            ),
            (
                f"Since {clock(signal.start_ms)} the area held {value} people (median of several "
                f"looks); it is licensed for {limit}."
            ),
        ),
    )


def _loitering(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    if "stay_s" not in got:
        return ()
    stayed, most = f"{got['stay_s']:g}", f"{entry.parameters['stay_s']:g}"
    looks = f"{got['looks_inside']:g}"
    return (
        (
            (
                f"自 {clock(signal.start_ms)} 起，同一人在区域内停留 {stayed} 秒"
                f"（≥ {most} 秒即报警），见于 {looks} 次观察。"
            ),
            (
                f"Since {clock(signal.start_ms)} one and the same person stayed in the zone for "
                f"{stayed} s (an alert needs {most} s), seen in {looks} looks."
            ),
        ),
    )


def _mask(signal: Signal, what: tuple[str, str]) -> Sentences:
    got = signal.inputs
    if "face_px" not in got:
        return ()
    so, looks = f"{got['looks_so']:g}", f"{got['looks']:g}"
    share, least = f"{100 * got['share']:.0f}", f"{100 * got['share_min']:.0f}"
    score, height = f"{got['score']:.2f}", f"{got['face_px']:.0f}"
    return (
        (
            (
                f"同一人最近 {looks} 次可判定的观察中有 {so} 次{what[0]}"
                f"（{share}%，至少 {least}%），自 {clock(signal.start_ms)} 起；"
                f"得分中位数 {score}，面部高 {height} 像素。"
            ),
            (
                f"Of the last {looks} looks that could tell of one person, {so} showed {what[1]} "
                f"({share}%, at least {least}%), since {clock(signal.start_ms)}; median score "
                f"{score}, the face {height} px high."
            ),
        ),
    )


def _mask_missing(signal: Signal, _entry: Entry) -> Sentences:
    return _mask(signal, ("未戴口罩", "no mask"))


def _mask_badly_worn(signal: Signal, _entry: Entry) -> Sentences:
    return _mask(signal, ("口罩佩戴不规范", "a badly worn mask"))


def _abandoned_object(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    if "still_s" not in got:
        return ()
    still, most = f"{got['still_s']:g}", f"{entry.parameters['still_s']:g}"
    now, before = f"{got['luma']:.0f}", f"{got['luma_before']:.0f}"
    cells, across = f"{got['area_cells']:g}", f"{50 * (got['left'] + got['right']):.0f}"
    down, differs = f"{50 * (got['top'] + got['bottom']):.0f}", f"{got['differs_luma']:g}"
    return (
        (
            (
                f"自 {clock(signal.start_ms)} 起有物品静止 {still} 秒且无人靠近"
                f"（≥ {most} 秒即报警）：位于画面自左 {across}%、自上 {down}% 处，占 {cells} 格，"
                f"平均亮度由 {before} 变为 "
                f"{now}（逐格相差至少 {differs}）。"
            ),
            (
                f"Since {clock(signal.start_ms)} something has stood unmoved for {still} s with "
                f"nobody near (an alert needs {most} s): {across}% from the left and {down}% from "
                f"the top of the picture, {cells} cells, mean brightness {before} before and {now} "
                f"now (each cell differs by at least {differs})."
            ),
        ),
    )


SAY_LOOKS: dict[str, Callable[[Signal, Entry], Sentences]] = {
    "closed_area": _closed_area,
    "unattended_post": _unattended_post,
    "crowding": _crowding,
    "out_of_hours": _out_of_hours,
    "loitering": _loitering,
    "mask_missing": _mask_missing,
    "mask_badly_worn": _mask_badly_worn,
    "abandoned_object": _abandoned_object,
}
