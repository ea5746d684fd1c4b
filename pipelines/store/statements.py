"""Owns the named SQL: every ``sql/*.sql`` file holds blocks headed ``-- name: snake_case``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HEAD = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


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
    return found


def statement(name: str) -> str:
    """One named statement.

    Raises:
        KeyError: no file defines it.
    """
    return statements()[name]
