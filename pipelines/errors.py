"""Owns the three ways in which a stage can fail; `runtime.py` decides what each one means."""

from __future__ import annotations


class Doubled(Exception):
    """Rows that are stored only once were there already; write them the careful way."""


class Unstorable(Exception):
    """A value that no column can hold, such as text with a NUL in it; nothing was kept."""


class BadMessage(Exception):
    """The input is at fault: it goes to the dead letters with its bytes, and the stream goes on.

    Attributes:
        reason: one of a small closed set of codes, used as a metric label.
        detail: what exactly is wrong, for a person.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Transient(Exception):
    """The world is at fault for now: wait in place and try again."""


class Fatal(Exception):
    """We are at fault or cannot go on safely: stop the worker before it acknowledges."""
