"""Runs the benchmarks, prints a table and writes build/bench.json."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    beside,
    cameras,
    copies,
    early,
    evidence,
    frames,
    hand_over,
    log,
    queue_pages,
    readings,
    recording,
    records,
    scaling,
    sealing,
    tamper,
)
from tests.benchmarks.bed import Bed, bed
from tests.benchmarks.figures import Figure, write
from tests.benchmarks.fleet import Fleet
from tests.benchmarks.register import camera_ids, register

Measure = Callable[[Bed, Callable[[str], None]], list[Figure]]

GROUPS: tuple[tuple[frozenset[str], Measure], ...] = (
    (frozenset({"readings_end_to_end", "reading_to_alert_p95_ms"}), readings.figures),
    (frozenset({"readings_vs_quix", "readings_vs_bytewax"}), beside.figures),
    (frozenset({"series_scaling"}), scaling.figures),
    (frames.NAMES, frames.figures),
    (cameras.NAMES, cameras.figures),
    (recording.NAMES, recording.figures),
    (frozenset({"evidence_verify"}), evidence.figures),
    (sealing.NAMES, sealing.figures),
    (log.NAMES, log.figures),
    (queue_pages.NAMES, queue_pages.figures),
    (records.NAMES, records.figures),
    (copies.NAMES, copies.figures),
    (early.NAMES, early.figures),
    (tamper.NAMES, tamper.figures),
    (hand_over.NAMES, hand_over.figures),
)
"""What is measured together, in order: evidence is what the alerts before it left."""

NAMES = sorted(name for names, _ in GROUPS for name in names)


def main(argv: Sequence[str] | None = None) -> None:
    """Parses arguments and runs what is asked for."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME",
                        help=f"one of {', '.join(NAMES)}; may be repeated")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="3 small rounds instead of 5")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    asked = parser.parse_args(argv)
    wanted = set(asked.only or NAMES)
    console = Console()
    found: list[Figure] = []
    fleet = Fleet()
    registered = register(fleet, camera_ids())
    with (
        tempfile.TemporaryDirectory(prefix="vigil-bench-") as workdir,
        bed(
            Path(workdir), console.print, quick=asked.quick, fleet=fleet, registered=registered
        ) as made,
    ):
        for names, measure in GROUPS:
            if names & wanted:
                found += [f for f in measure(made, console.print) if f.name in wanted]
                write(found, asked.output)
    console.print(table(found))


def table(figures: Sequence[Figure]) -> Table:
    """The figures for people."""
    shown = Table("name", "value", "against", "ratio", "n", title="vigil bench")
    for f in figures:
        value, against = f"{f.value:,.4g} {f.unit}", f"{f.against_value:,.4g} {f.unit}: {f.against}"
        shown.add_row(f.name, value, against, f"{f.ratio:.3g}", str(f.n))
    return shown


if __name__ == "__main__":
    main()
