"""Owns the wording of what an audit finds. Checks nothing."""

from __future__ import annotations

from typing import Any

from pipelines.evidence.manifest import iso
from pipelines.evidence.report import Problem, Wrong

_BODY = "that a leaf of this kind was logged then, and its place; not what it said"
_ENTRY = "every other leaf; what this one said where its body still fits another copy"
_TREE = "every leaf that another copy of the tree still proves"


def when(time_ms: int) -> str:
    """A moment for people; a number that is none stays as it is."""
    try:
        return iso(time_ms)
    except (OverflowError, ValueError, OSError):
        return f"time {time_ms}"


def leaf_name(index: int, row: dict[str, Any] | None, entry: dict[str, Any] | None = None) -> str:
    """A leaf for people: number, kind, subject, time, as far as they are known."""
    known = row or entry
    if known is None:
        return f"log leaf {index}"
    subject = f", {row['subject']}" if row else ""
    return f"log leaf {index} ({known['kind']}{subject}, {when(known['at_ms'])})"


def body(row: dict[str, Any], wrong: Wrong, detail: str) -> Problem:
    """What a leaf says is not what the tree commits to."""
    return Problem(
        object=leaf_name(row["leaf_index"], row), proves=f"what happened to {row['subject']}",
        wrong=wrong, detail=detail, provable=_BODY,
    )  # fmt: skip


def leaf(index: int, row: dict[str, Any] | None, wrong: Wrong, detail: str,
         entry: dict[str, Any] | None = None) -> Problem:  # fmt: skip
    """A leaf itself is not the one in the signed tree. ``entry``: the signed one, where known."""
    kept = ""
    if entry is not None:
        kept = f"; the signed entry is kept: {entry['kind']} at {when(entry['at_ms'])}"
    return Problem(
        object=leaf_name(index, row, entry),
        proves=f"that {row['kind']} of {row['subject']} was logged" if row else "a leaf of the log",
        wrong=wrong, detail=detail, provable=_ENTRY + kept,
    )  # fmt: skip


def tree(called: str, wrong: Wrong, detail: str, provable: str = _TREE) -> Problem:
    """A checkpoint, a tile, a bundle or a file of the log is wrong."""
    return Problem(
        object=called, proves="the transparency log", wrong=wrong, detail=detail, provable=provable
    )
