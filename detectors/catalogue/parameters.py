"""Owns what the further figures of rules are called. Must not give them a value."""

from __future__ import annotations

import re

from detectors.catalogue.entry import Text
from detectors.catalogue.wording import Language, say

NAMES: dict[str, tuple[Text, str]] = {
    "ahead_s": (Text(zh="快于", en="ahead by"), "s"),
    "behind_s": (Text(zh="慢于", en="behind by"), "s"),
    "messages_n": (Text(zh="连续报文", en="messages in a row"), ""),
    "steady_s": (Text(zh="波动不超过", en="steady within"), "s"),
    "ahead_min": (Text(zh="提前", en="ahead by"), "min"),
    "area_min_cells": (Text(zh="至少格数", en="cells at least"), ""),
    "band_c": (Text(zh="温度带", en="temperature band"), "°C"),
    "block_s": (Text(zh="时段长", en="blocks of"), "s"),
    "blocks_min": (Text(zh="至少有读数的时段数", en="blocks with readings at least"), ""),
    "brightness_max_luma": (Text(zh="亮度上限", en="brightness at most"), ""),
    "brightness_min_luma": (Text(zh="亮度下限", en="brightness at least"), ""),
    "cells_min": (Text(zh="至少分段数", en="pieces at least"), ""),
    "change_min": (Text(zh="累计变化至少", en="change at least"), ""),
    "contrast_min_luma": (Text(zh="对比度下限", en="contrast at least"), ""),
    "days_min": (Text(zh="至少天数", en="days at least"), ""),
    "differs_luma": (Text(zh="亮度差至少", en="brightness differs by at least"), ""),
    "face_min_px": (Text(zh="面部高度至少", en="face height at least"), "px"),
    "fit_min": (Text(zh="拟合优度至少", en="fit (R²) at least"), ""),
    "from_c": (Text(zh="起算温度", en="counted from"), "°C"),
    "intervals": (Text(zh="缺失采样间隔数", en="intervals without a reading"), ""),
    "leave_s": (Text(zh="未见多久视为离开", en="gone when unseen for"), "s"),
    "looks_gap_s": (Text(zh="观察间隔不超过", en="looks apart at most"), "s"),
    "looks_min": (Text(zh="至少观察次数", en="looks at least"), ""),
    "looks_n": (Text(zh="最近观察次数", en="last looks"), ""),
    "lost_s": (Text(zh="中断超过即作结束", en="lost after"), "s"),
    "minutes_min": (Text(zh="每日至少分钟数", en="minutes a day at least"), ""),
    "over_min": (Text(zh="拟合时段", en="fitted over"), "min"),
    "period_min_s": (Text(zh="最短过程", en="shortest run"), "s"),
    "piece_s": (Text(zh="分段上限", en="pieces up to"), "s"),
    "plateau_min_s": (Text(zh="最短平台", en="shortest plateau"), "s"),
    "readings_min": (Text(zh="至少读数", en="readings at least"), ""),
    "score_min": (Text(zh="得分至少", en="score at least"), ""),
    "settle_s": (Text(zh="稳定时间", en="settles in"), "s"),
    "share_min": (Text(zh="占比至少", en="share at least"), ""),
    "sharpness_min_luma2": (Text(zh="清晰度下限", en="sharpness at least"), ""),
    "stale_s": (Text(zh="状态有效时间", en="a state holds for"), "s"),
    "stay_s": (Text(zh="停留", en="stays for"), "s"),
    "still_s": (Text(zh="静止", en="unmoved for"), "s"),
    "stands_s": (Text(zh="状态有效时间", en="a state holds for"), "s"),
    "sure_min": (Text(zh="斜率至少为标准误的倍数", en="slope over its error at least"), ""),
    "threshold": (Text(zh="阈值", en="threshold"), ""),
    "tolerance_kg": (Text(zh="允差", en="tolerance"), "kg"),
    "tolerance_s": (Text(zh="容许时间", en="tolerated for"), "s"),
    "black_min_share": (Text(zh="黑色像素至少", en="black pixels at least"), ""),
    "usual_min_share": (Text(zh="低于平时亮度的", en="darker than this share of the usual"), ""),
    "white_min_share": (Text(zh="过曝增加至少", en="burnt out more than usual by"), ""),
    "veil_min_share": (
        Text(zh="伴随细节丢失时过曝增加至少", en="where detail is lost too, by"),
        "",
    ),
    "kept_max_share": (Text(zh="细节低于平时的", en="detail kept below this share"), ""),
    "lost_min_share": (Text(zh="丢失细节的区域至少", en="tiles that lost it at least"), ""),
    "lost_strange_min_share": (
        Text(zh="光线模式未知时至少", en="in a light not known yet at least"),
        "",
    ),
    "gained_max_share": (
        Text(
            zh="细节增多区域与丢失区域之比不超过",
            en="tiles that gained, to those that lost, at most",
        ),
        "",
    ),
    "whole_min_share": (Text(zh="视为全画面的比例", en="counted as all over from"), ""),
    "structure_min": (Text(zh="明暗分布相关至少", en="light and dark correlate at least"), ""),
    "structure_max": (Text(zh="明暗分布相关不超过", en="light and dark correlate at most"), ""),
    "dark_left_luma": (Text(zh="不判定的暗度", en="not judged at luma up to"), ""),
    "same_min_share": (Text(zh="逐位相同的区域至少", en="tiles the same to the bit at least"), ""),
    "inliers_min": (Text(zh="一致匹配至少", en="matches that agree at least"), ""),
    "inliers_min_share": (
        Text(zh="一致匹配比例至少", en="share of matches that agree at least"),
        "",
    ),
    "plain_min": (Text(zh="明确吻合的一致匹配", en="matches that agree when plainly there"), ""),
    "shift_max_share": (
        Text(zh="偏移不超过画面宽度的", en="shift at most, as a share of the width"),
        "",
    ),
    "every_s": (Text(zh="每隔", en="looked at every"), "s"),
    "told_s": (Text(zh="采集端报告后", en="after the node says so"), "s"),
    "tolerance_share": (Text(zh="允差比例", en="tolerance as a share"), ""),
}
"""Name in both languages, and the unit that the name in code ends with."""

_STEAM = re.compile(r"c(?P<degrees>\d+)_(?P<what>from_c|hold_s|low_kpa|high_kpa)")
_STEAM_NAMES: dict[str, tuple[Text, str]] = {
    "from_c": (Text(zh="{c} °C 程序：温度自", en="{c} °C cycle: from"), "°C"),
    "hold_s": (Text(zh="{c} °C 程序：维持", en="{c} °C cycle: held for"), "s"),
    "low_kpa": (Text(zh="{c} °C 程序：压力下限", en="{c} °C cycle: pressure from"), "kPa"),
    "high_kpa": (Text(zh="{c} °C 程序：压力上限", en="{c} °C cycle: pressure to"), "kPa"),
}


def said(name: str, value: float, language: Language) -> str:
    """One figure in words; one without a name here shows the name it has in the data."""
    known = NAMES.get(name)
    steam = _STEAM.fullmatch(name)
    if steam is not None:
        text, unit = _STEAM_NAMES[steam["what"]]
        known = (
            Text(zh=text.zh.format(c=steam["degrees"]), en=text.en.format(c=steam["degrees"])),
            unit,
        )
    if known is None:
        return f"`{name}` {value:g}"
    text, unit = known
    return f"{say(text, language)} {value:g} {unit}".rstrip()
