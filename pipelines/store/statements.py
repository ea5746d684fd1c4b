"""Owns the named SQL: every ``sql/*.sql`` file holds blocks headed ``-- name: snake_case``.

A line ``-- use: snake_case`` in a block stands for the block of that name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HEAD = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_USE = re.compile(r"^\s*-- use: (\w+)\s*$", re.MULTILINE)


@cache
def statements() -> dict[str, str]:
    """Reads every block once. Names are unique over all files."""
    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / "sql").glob("*.sql")):
        parts = _HEAD.split(path.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name in found:
                raise ValueError(f"{path.name}: statement {name} is defined twice")
            found[name] = body.strip().rstrip(";")
    return {name: _USE.sub(lambda use: found[use[1]], body) for name, body in found.items()}


def statement(name: str) -> str:
    """One named statement.

    Raises:
        KeyError: no file defines it.
    """
    return statements()[name]
