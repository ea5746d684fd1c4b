"""Owns the one byte form in which things are signed and hashed. Must not know what they mean.

JSON in UTF-8, keys sorted by code point, no spaces, nothing escaped that need not be. The only
numbers are integers: a float is written as the string of its shortest decimal form that reads
back to the same double (``number``), so that no two readers can disagree about its digits.
"""

from __future__ import annotations

import hashlib
import json
import math


def number(value: float | None) -> str | None:
    """A float as the shortest string that reads back to it; None stays None.

    Raises:
        ValueError: not a finite number.
    """
    if value is None:
        return None
    if not math.isfinite(value):
        raise ValueError(f"{value!r} has no place in evidence")
    return repr(float(value))


def canonical(value: object) -> bytes:
    """The canonical bytes of dicts with string keys, lists, strings, integers, booleans and None.

    Raises:
        TypeError: a float or anything else without a canonical form is inside.
    """
    _check(value)
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def _check(value: object) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"key {key!r} is not a string")
            _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    elif not isinstance(value, str | int | None):  # bool is an int
        raise TypeError(f"{type(value).__name__} has no canonical form")
