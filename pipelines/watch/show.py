"""Owns how seconds are shown to people: a line each, no wider than a terminal. Must not see."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from pipelines.watch.seconds import Second, Summary, Told

HEAD = (
    f"{'t 秒':>6} {'people 人':>8} {'tracks 轨迹':<14} {'mask/no/bad 口罩':<14} "
    f"{'moved 变动':<8} {'light 亮度':<8} {'sharp 清晰':<8} {'sent 送检':<7} what 情况"
)
_TRACKS_SHOWN = 4


def show_second(second: Second, console: Console) -> None:
    """One line, and one more for each rule that opened or closed."""
    tracks = " ".join(f"#{track}" for track in second.tracks[:_TRACKS_SHOWN])
    more = len(second.tracks) - _TRACKS_SHOWN
    tracks += f" +{more}" if more > 0 else ""
    faces = "/".join(str(count) for count in second.faces.values())
    moved = f"{second.changed_share:.1%}" if second.moving else "-"
    line = (
        f"{second.t:>6} {second.people:>8}  {tracks:<16} {faces:<15} {moved:<9} "
        f"{_figure(second.brightness):<9} {_figure(second.sharpness):<9} {second.sent:<9} "
    )
    style = "red" if second.problems else ("" if second.people else "dim")
    console.print(Text(line + "; ".join(second.problems), style=style), soft_wrap=True)
    for told in second.signals:
        console.print(_said(told), soft_wrap=True)


def show_summary(summary: Summary, console: Console) -> None:
    """What it came to, in a few lines."""
    share = summary.seconds_with_a_person / max(summary.seconds, 1)
    console.print(
        f"{summary.seconds} s watched 观察，{summary.seconds_with_a_person} s with a person 有人 "
        f"({share:.0%}); {summary.frames_decoded} pictures decoded 解码, {summary.looks} looked at "
        f"送检; {summary.decode_ms:g} CPU ms a second to decode, {summary.detect_ms:g} a look",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    for rule, count in summary.rules.items():
        console.print(f"  {rule}: opened {count}x", highlight=False, markup=False)
    console.print(f"ended 结束: {summary.ended}", highlight=False, markup=False, soft_wrap=True)


def _said(told: Told) -> Text:
    mark = "▲" if told.phase == "opened" else "▽"
    zone = f" in {told.zone}" if told.zone else ""
    staged = " (staged 试运行)" if told.staged else ""
    figures = ", ".join(f"{name} {value:g}" for name, value in told.inputs.items())
    line = (
        f"       {mark} {told.rule}{zone}{staged}: {told.phase}, since {told.since:g} s; {figures}"
    )
    return Text(line, style="bold" if told.phase == "opened" else "")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
