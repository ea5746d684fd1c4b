"""Owns the sentences about cameras that cannot see, are cut off or tell a wrong time."""

from __future__ import annotations

from collections.abc import Callable

from detectors.catalogue import Entry
from detectors.figures import Sentences, clock
from detectors.types import Signal


def _share(value: float) -> str:
    return f"{value:.0%}"


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


def _blacked_out(signal: Signal, _entry: Entry) -> Sentences:
    got = signal.inputs
    if "black_share" not in got:
        return ()
    now, usual, black = (
        f"{got['brightness']:.1f}",
        f"{got['usual_brightness']:.1f}",
        got["black_share"],
    )
    most, needed = f"{got['brightness_max_luma']:g}", got["black_min_share"]
    faint = got["usual_min_share"]
    return (
        (
            (
                f"{clock(signal.at_ms)} 画面亮度 {now}（平时 {usual}，不高于 {most} 且低于平时的 "
                f"{faint} 即报），黑色像素占 {black}（至少 {needed}）。"
            ),
            (
                f"At {clock(signal.at_ms)} brightness was {now} (usually {usual}; told at {most} "
                f"or less and below {faint} of the usual), {black} of the pixels black (at least "
                f"{needed})."
            ),
        ),
    )


def _blinded(signal: Signal, _entry: Entry) -> Sentences:
    got = signal.inputs
    if "white_share" not in got:
        return ()
    now, usual = _share(got["white_share"]), _share(got["usual_white_share"])
    most, veil = _share(got["white_min_share"]), _share(got["veil_min_share"])
    lost, needed = _share(got["lost_share"]), _share(got["lost_min_share"])
    return (
        (
            (
                f"{clock(signal.at_ms)} 过曝像素占 {now}（平时 {usual}），{lost} 的区域丢失细节；"
                f"多出 {most}，或多出 {veil} 且至少 {needed} 的区域丢失细节即报。"
            ),
            (
                f"At {clock(signal.at_ms)} {now} of the picture was burnt out (usually {usual}) "
                f"and {lost} of the tiles had lost their detail; told at {most} more than usual, "
                f"or at {veil} more where {needed} have."
            ),
        ),
    )


def _frozen(signal: Signal, _entry: Entry) -> Sentences:
    got = signal.inputs
    if "same_share" not in got:
        return ()
    same, needed = _share(got["same_share"]), _share(got["same_min_share"])
    looks, lasted = f"{got['looks_same']:g}", f"{got['lasted_s']:g}"
    return (
        (
            (
                f"自 {clock(signal.start_ms)} 起 {lasted} 秒，最近连续 {looks} 次画面有 {same} 的"
                f"区域与前一次逐位相同（至少 {needed}）。"
            ),
            (
                f"For {lasted} s since {clock(signal.start_ms)}, and in the last {looks} looks in "
                f"a row, {same} of the tiles were those of the look before to the last bit (at "
                f"least {needed})."
            ),
        ),
    )


def _sprayed(signal: Signal, _entry: Entry) -> Sentences:
    got = signal.inputs
    if "needed_share" not in got:
        return ()
    lost, needed = _share(got["median_lost_share"]), _share(got["needed_share"])
    kept, gained = _share(got["kept_max_share"]), _share(got["gained_share"])
    return (
        (
            (
                f"{clock(signal.at_ms)} 平时有细节的区域中 {lost}（最近几次的中位数）"
                f"只剩平时细节的 {kept} 以下"
                f"（至少 {needed} 即报），{gained} 的区域细节增多；明暗分布与平时相关 "
                f"{got['structure']:.2f}。"
            ),
            (
                f"At {clock(signal.at_ms)} {lost} of the tiles that usually show detail "
                f"(median of the last looks) kept less "
                f"than {kept} of it (told from {needed}), {gained} had gained some; the pattern of "
                f"light and dark correlated {got['structure']:.2f} with the usual."
            ),
        ),
    )


def _blurred(signal: Signal, _entry: Entry) -> Sentences:
    got = signal.inputs
    if "median_kept_share" not in got:
        return ()
    lost, needed = _share(got["lost_share"]), _share(got["lost_min_share"])
    middle, kept = _share(got["median_kept_share"]), _share(got["kept_max_share"])
    alike = f"{got['structure']:.2f}"
    return (
        (
            (
                f"{clock(signal.at_ms)} {lost} 的区域细节低于平时的 {kept}（至少 {needed} 即报），"
                f"中位数为平时的 {middle}；明暗分布与平时相关 {alike}"
                f"（至少 {got['structure_min']:g}）。"
            ),
            (
                f"At {clock(signal.at_ms)} {lost} of the tiles kept less than {kept} of their "
                f"usual detail (told from {needed}), half of them less than {middle}; light and "
                f"dark lay as usual (correlation {alike}, at least {got['structure_min']:g})."
            ),
        ),
    )


def _moved(signal: Signal, _entry: Entry) -> Sentences:
    got = signal.inputs
    if "inliers" not in got:
        return ()
    inliers, matches = f"{got['inliers']:g}", f"{got['matches']:g}"
    if got.get("lost"):
        points, of = f"{got['keypoints']:g}", f"{got['reference_keypoints']:g}"
        return (
            (
                (
                    f"{clock(signal.at_ms)} 画面有 {points} 个特征点（基准 {of} 个），但已找不到"
                    f"签名基准画面（{matches} 对匹配中仅 {inliers} 对一致）。"
                ),
                (
                    f"At {clock(signal.at_ms)} the picture had {points} keypoints (the reference "
                    f"{of}) but no longer held the signed reference view ({inliers} of {matches} "
                    f"matches agree)."
                ),
            ),
        )
    shift, most = f"{got['shift_share']:.1%}", f"{got['shift_max_share']:.0%}"
    return (
        (
            (
                f"{clock(signal.at_ms)} 画面相对签名基准画面偏移 {shift}（上限 {most}），"
                f"{matches} 对匹配中 {inliers} 对一致。"
            ),
            (
                f"At {clock(signal.at_ms)} the picture lay {shift} off its signed reference view "
                f"(at most {most}); {inliers} of {matches} matches agree."
            ),
        ),
    )


def _cut_off(signal: Signal, entry: Entry) -> Sentences:
    got = signal.inputs
    if "silent_s" not in got:
        return ()
    silent = f"{got['silent_s']:.0f}"
    told_zh = "采集端报告中断，" if got["told"] else ""
    told_en = " and the capture node said so" if got["told"] else ""
    limits = f"{entry.lasts_s:g}", f"{got['told_s']:g}"
    return (
        (
            (
                f"{told_zh}自 {clock(signal.start_ms)} 起 {silent} 秒无画面（{limits[0]} 秒即报，"
                f"采集端报告后 {limits[1]} 秒即报）。"
            ),
            (
                f"No picture came for {silent} s since {clock(signal.start_ms)}{told_en} (told "
                f"after {limits[0]} s, or {limits[1]} s after the node's word)."
            ),
        ),
    )


def _clock_wrong(signal: Signal, _entry: Entry) -> Sentences:
    got = signal.inputs
    if "jump_s" in got:
        jump, limit = f"{got['jump_s']:.1f}", f"{got['limit_s']:g}"
        return (
            (
                f"{clock(signal.at_ms)} 摄像头时钟跳变 {jump} 秒（上限 {limit} 秒）。",
                f"At {clock(signal.at_ms)} the camera's clock jumped {jump} s (at most {limit} s).",
            ),
        )
    if "offset_s" not in got:
        return ()
    offset, unsure = f"{got['offset_s']:+.2f}", f"{got['uncertainty_s']:.2f}"
    limit, looks = f"{got['limit_s']:g}", f"{got['looks']:g}"
    return (
        (
            (
                f"{clock(signal.at_ms)} 摄像头时钟与UTC相差 {offset} 秒（不确定度 ±{unsure} 秒，"
                f"上限 {limit} 秒），最近 {looks} 次画面均如此。"
            ),
            (
                f"At {clock(signal.at_ms)} the camera's clock was {offset} s from UTC (give or "
                f"take {unsure} s, at most {limit} s), as in the last {looks} looks."
            ),
        ),
    )


SAY_WATCHING: dict[str, Callable[[Signal, Entry], Sentences]] = {
    "covered": _covered,
    "blacked_out": _blacked_out,
    "blinded": _blinded,
    "frozen": _frozen,
    "sprayed": _sprayed,
    "blurred": _blurred,
    "moved": _moved,
    "cut_off": _cut_off,
    "clock_wrong": _clock_wrong,
}
