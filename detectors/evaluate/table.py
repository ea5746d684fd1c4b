"""Owns a report as a table for people. Must not compute."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from detectors.evaluate.run import Report, Result

_COLUMNS = ("score", "prec.", "recall", "ev. F1", "delay", "false/d", "alarms", "z")
_NAME = 24
_LEGEND = (
    "score: {name}; prec., recall: {what}; ev. F1: over events; delay: median, from the start of a "
    "labelled window to its first alarm; false/d: false alarms per sensor and day; alarms: in "
    "windows + outside; z: score of a plain robust z over one day (threshold {z:g})"
)


def show(report: Report, console: Console | None = None) -> None:
    """Prints a line per file, and both detectors overall."""
    console = console or Console()
    table = Table(
        title=f"{report.format}, threshold {report.threshold:g}", box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    table.add_column("file", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for file in report.files:
        table.add_row(_short(file.name), *_cells(file.ours), _figure(file.robust_z.score))
    table.add_section()
    table.add_row("all", *_cells(report.ours), _figure(report.robust_z.score), style="bold")
    table.add_row("all, robust z", *_cells(report.robust_z), "")
    console.print(table)
    what = "of alarms and windows" if report.format == "nab" else "over rows"
    legend = _LEGEND.format(name=report.score_name, what=what, z=report.robust_z_threshold)
    console.print(legend, highlight=False)


def _cells(of: Result) -> tuple[str, ...]:
    return (
        _figure(of.score),
        _figure(of.precision),
        _figure(of.recall),
        _figure(of.event_f1),
        "-" if of.delay_s is None else _lasted(of.delay_s),
        _figure(of.false_alarms_per_sensor_day),
        f"{of.alarms - of.false_alarms}+{of.false_alarms}",
    )


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"…{name[1 - _NAME :]}"


def _lasted(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
