"""Owns how scores look to people. Must not reckon any."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from models.evaluate.compare import Comparison
from models.evaluate.score import Scores

KEYS = ("ap50", "precision", "recall")


def show(scores: Scores, console: Console) -> None:
    """Prints scores as a table: one line a class, intervals in brackets, then what was left out."""
    table = Table(
        title=f"{scores['model']} at {scores['size_px']} px, {scores['pictures']} pictures"
    )
    table.add_column("class")
    for heading in ("AP50 (95 %)", "precision", "recall", "threshold", "drawn"):
        table.add_column(heading, justify="right")
    for name in scored_classes(scores):
        cells = [_with_interval(scores, f"{name}.{key}") for key in KEYS]
        threshold, drawn = scores[f"{name}.threshold"], scores[f"{name}.drawn"]
        table.add_row(name, *cells, str(threshold), str(drawn))
    console.print(table)
    console.print(
        f"{scores['ms_median']} ms a picture (p95 {scores['ms_p95']}; {scores['cpu_ms_median']} of "
        f"processor time), {scores['threads']} thread(s), {scores['provider']}"
    )
    for key, said in (
        ("unreadable_names", "pictures that cannot be read"),
        ("unknown_classes", "classes of the set that the model does not know"),
        ("classes_not_in_set", "classes of the model that the set does not draw"),
    ):
        names = scores[key]
        if isinstance(names, list) and names:
            console.print(f"[yellow]{len(names)} {said}:[/yellow] {', '.join(names[:12])}")


def show_comparison(found: Comparison, console: Console) -> None:
    """Prints a comparison: one line a class, gains that are surely none of chance in colour."""
    table = Table(title=f"AP50 on {found['pictures']} pictures")
    table.add_column("class")
    for heading in (str(found["first"]), str(found["second"]), "gain (95 %)"):
        table.add_column(heading, justify="right")
    for name in [key.removesuffix(".gain") for key in found if key.endswith(".gain")]:
        low, high = float(found[f"{name}.gain_low"]), float(found[f"{name}.gain_high"])
        colour = "green" if low > 0 else "red" if high < 0 else "default"
        table.add_row(
            name,
            f"{found[f'{name}.first']:.3f}",
            f"{found[f'{name}.second']:.3f}",
            f"[{colour}]{found[f'{name}.gain']:+.3f} ({low:+.2f} to {high:+.2f})[/{colour}]",
        )
    console.print(table)
    console.print(
        f"ms a picture: {found['ms_median_first']} and {found['ms_median_second']} (medians)"
    )


def scored_classes(scores: Scores) -> list[str]:
    """The classes a score document has figures for."""
    return [key.removesuffix(".ap50") for key in scores if key.endswith(".ap50")]


def _with_interval(scores: Scores, key: str) -> str:
    return f"{scores[key]:.3f} ({scores[f'{key}_low']:.2f}-{scores[f'{key}_high']:.2f})"
