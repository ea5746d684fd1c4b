"""Owns a report as a table for people. Must not compute."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from detectors.evaluate.run import Report, Result

_COLUMNS = ("score", "precision", "recall", "event F1", "delay", "false/sensor-day", "alarms")


def show(report: Report, console: Console | None = None) -> None:
    """Prints a line per file, ours and the baseline's score, and both overall."""
    table = Table(title=f"{report.format}: {report.score_name}, threshold {report.threshold:g}")
    table.add_column("file", overflow="fold")
    for column in (*_COLUMNS, "robust z"):
        table.add_column(column, justify="right")
    for file in report.files:
        table.add_row(file.name, *_cells(file.ours), _figure(file.robust_z.score))
    table.add_section()
    table.add_row("all, ours", *_cells(report.ours), "", style="bold")
    table.add_row("all, robust z over a day", *_cells(report.robust_z), "")
    (console or Console()).print(table)


def _cells(of: Result) -> tuple[str, ...]:
    return (
        _figure(of.score),
        _figure(of.precision),
        _figure(of.recall),
        _figure(of.event_f1),
        "-" if of.delay_s is None else f"{of.delay_s / 60:.1f} min",
        _figure(of.false_alarms_per_sensor_day),
        f"{of.alarms - of.false_alarms}+{of.false_alarms}",
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
