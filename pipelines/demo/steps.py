"""Owns the progress display: which step runs, for how long, and what it says."""

from __future__ import annotations

import threading
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Steps:
    """One line a step; on a terminal they move, in a log each is printed once when it ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = console.is_terminal
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[said]}"),
            console=console,
            disable=not self._live,
        )
        self._task: TaskID | None = None
        self._name = ""
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def __enter__(self) -> Steps:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, name: str) -> None:
        """Ends the step before and starts the next."""
        self.finish()
        self._name, self._began = name, time.monotonic()
        self._task = self._progress.add_task(name, total=None, said="")
        if not self._live:
            self._console.print(f"... {name}")

    def finish(self) -> None:
        """Ends the running step."""
        if self._task is None:
            return
        self._progress.update(self._task, total=1, completed=1, said="")
        if not self._live:
            self._console.print(f"  ✓ {self._name} ({time.monotonic() - self._began:.1f} s)")
        self._task = None

    def tell(self, said: str) -> None:
        """Shows what the running step is doing."""
        with self._lock:
            if self._task is not None:
                self._progress.update(self._task, said=said[:80])

    def progress(self, done: int, total: int) -> None:
        """Shows how far the running step is."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total, said=f"{done}/{total}")
