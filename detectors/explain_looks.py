"""Owns the sentences about signals of cameras. Must not judge."""

from __future__ import annotations

from collections.abc import Callable

from detectors.catalogue import Entry
from detectors.figures import Sentences, clock
from detectors.types import Signal


def _closed_area(signal: Signal, _entry: Entry) -> Sentences:
    got = signal.inputs
    if "looks" not in got:
        return ()
    seen, looks, people = (f"{got[k]:g}" for k in ("looks_present", "looks", "people"))
    return (
        (
            (
                f"最近 {looks} 次画面中有 {seen} 次在禁入区域内看到人，当前 {people} 人；"
                f"自 {clock(signal.start_ms)} 起 {got['lasted_s']:g} 秒。"
            ),
            (
                f"Persons stood in the closed area in {seen} of the last {looks} looks, now "
                f"{people}; "
                f"{got['lasted_s']:g} s since {clock(signal.start_ms)}."
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
                f"{clock(signal.at_ms)} 画面对比度 {contrast}（下限 {least}）、清晰度 "
                f"{sharpness}（下限 {fine}）、"
                f"亮度 {brightness}（范围 {dark} 至 {glare}）。"
            ),
            (
                f"At {clock(signal.at_ms)} the picture had contrast {contrast} (least {least}), "
                f"sharpness {sharpness} (least {fine}) and brightness {brightness} "
                f"(from {dark} to {glare})."
            ),
        ),
    )


SAY_LOOKS: dict[str, Callable[[Signal, Entry], Sentences]] = {
    "closed_area": _closed_area,
    "unattended_post": _unattended_post,
    "crowding": _crowding,
    "covered": _covered,
}
