"""Owns the grammar of an upload's content: ``DataTime=...;w01001-Rtd=7.2,w01001-Flag=N;...``.

It knows no code and no unit. Semicolons and commas are taken alike, as stations mix them up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from pipelines.errors import BadMessage
from pipelines.hj212.moment import epoch_ms

TIME = "DataTime"
_SEPARATOR = re.compile("[;,]")
_CODE = re.compile(r"[0-9A-Za-z]{1,24}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")

Record = dict[str, str]
"""A code's fields at one moment: ``{"Rtd": "7.2", "Flag": "N"}``."""


def records(contents: Iterable[str]) -> dict[tuple[int, str], Record]:
    """The fields of a message's packets by (epoch ms, code), packets in order.

    A ``DataTime`` holds until the next one, also into the next packet.

    Raises:
        BadMessage: ``bad_content``, or ``contradiction`` where a field comes twice and differs.
    """
    found: dict[tuple[int, str], Record] = {}
    time_ms: int | None = None
    for content in contents:
        for item in filter(None, map(str.strip, _SEPARATOR.split(content))):
            name, equals, value = item.partition("=")
            code, dash, field = name.rpartition("-")
            if not equals:
                raise BadMessage("bad_content", f"{item!r} has no value")
            if name == TIME:
                time_ms = _time(value)
            elif dash:
                if not _CODE.fullmatch(code):
                    raise BadMessage("bad_content", f"{code!r} is no code")
                if time_ms is None:
                    raise BadMessage("bad_content", f"{item!r} comes before any {TIME}")
                record = found.setdefault((time_ms, code), {})
                if record.setdefault(field, value) != value:
                    raise BadMessage(
                        "contradiction", f"{name!r} is {record[field]!r} and {value!r}"
                    )
    return found


def _time(text: str) -> int:
    try:
        return epoch_ms(text)
    except ValueError as error:
        raise BadMessage("bad_content", f"{TIME}: {error}") from error


def number(text: str | None) -> float | None:
    """A value; None where the station has none (``-``, empty, ``NaN``, absent, beyond a double)."""
    if text is None or not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
