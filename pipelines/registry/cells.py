"""Owns how one cell of a sheet is read and written. Pure; what a cell means is ``tables.py``'s.

Each kind reads text to a value and writes it back to the one text that stands for it, so that an
export of what was imported is the same file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from stdnum.cn import uscc

from detectors.catalogue.quantities import QUANTITIES
from pipelines.registry.hours import format_hours, parse_hours

HOME = ZoneInfo("Asia/Shanghai")
_MEAN = re.compile(r"_(minute|hour|day)$")
_ID = re.compile(r"[^\s,;@#][^\s,;@]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WHOLE = re.compile(r"-?[0-9]{1,10}")
_MOST = 2**31 - 1
_SLASHED = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?: +(\d{1,2}:\d{2}))?")
_YEARS = (1970, 2200)
_CORNERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A kind of cell.

    Attributes:
        read: text (never blank) to value; raises ValueError saying what is wrong.
        write: value to text.
        example: what to write, for an error and the template.
    """

    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    example: str


def choice(*options: str) -> Cell:
    """One word of a closed list."""
    return Cell(read=lambda text: _one_of(text, options), example=" | ".join(options))


def words(*options: str) -> Cell:
    """Words of a closed list, apart by blanks; an empty cell for none."""
    return Cell(
        read=lambda text: tuple(_one_of(word, options) for word in text.split()),
        write=" ".join,
        example=" ".join(options),
    )


def _one_of(text: str, options: tuple[str, ...]) -> str:
    if text not in options:
        raise ValueError(f"{text!r} is not one of the words allowed")
    return text


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("an id has no blank, comma, semicolon or @, and at most 100 characters")
    return text


def _quantity(text: str) -> str:
    """A quantity that rules know, or a station's own mean of one (HJ 212)."""
    base = _MEAN.sub("", text)
    if base not in QUANTITIES:
        near = get_close_matches(base, QUANTITIES, n=3)
        raise ValueError(f"no rule knows this quantity; near it are {', '.join(near) or 'none'}")
    return text


def _uscc(text: str) -> str:
    if not uscc.is_valid(text) or uscc.compact(text) != text:
        raise ValueError("is no unified social credit code: the check character is wrong")
    return text


def _text(text: str) -> str:
    if any(ord(letter) < ord(" ") and letter not in "\t\n" for letter in text):
        raise ValueError("holds a control character")
    return text


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("is no number") from None
    if not abs(value) < float("inf"):
        raise ValueError("is no number")
    return value


def _positive(text: str) -> float:
    if (value := _number(text)) <= 0:
        raise ValueError("must be more than 0")
    return value


def _not_negative(text: str) -> float:
    if (value := _number(text)) < 0:
        raise ValueError("must not be less than 0")
    return value


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text) or abs(value := int(text)) > _MOST:
        raise ValueError("is no whole number, or too large")
    return -value if text.startswith("-") else value


def _write_number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _time(text: str) -> int:
    try:
        when = dt.datetime.fromisoformat(_dashed(text))
    except ValueError:
        raise ValueError("is no date or time") from None
    if not _YEARS[0] <= when.year <= _YEARS[1]:
        raise ValueError(f"is not between {_YEARS[0]} and {_YEARS[1]}")
    local = when if when.tzinfo else when.replace(tzinfo=HOME)
    return round(local.timestamp() * 1000)


def _write_time(time_ms: int) -> str:
    when = dt.datetime.fromtimestamp(time_ms // 1000, HOME).replace(
        microsecond=time_ms % 1000 * 1000, tzinfo=None
    )
    if when.time() == dt.time():
        return when.date().isoformat()
    exact = "milliseconds" if when.microsecond else ("seconds" if when.second else "minutes")
    return when.isoformat(" ", exact)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(_dashed(text))
    except ValueError:
        raise ValueError("is no date") from None


def _dashed(text: str) -> str:
    """A date as Excel writes it into CSV (``2026/3/1 8:30``) in ISO 8601; others as they are."""
    match = _SLASHED.fullmatch(text)
    if match is None:
        return text
    year, month, day, clock = match.groups()
    return f"{year}-{month:0>2}-{day:0>2}" + (f" {clock:0>5}" if clock else "")


def _yes_no(text: str) -> bool:
    return _one_of(text, ("yes", "no")) == "yes"


def _digest(text: str) -> str:
    if not _SHA256.fullmatch(text):
        raise ValueError("is no SHA-256 in 64 small hex digits")
    return text


def _polygon(text: str) -> tuple[tuple[float, float], ...]:
    corners = []
    for corner in text.split(";"):
        x, _, y = corner.strip().partition(" ")
        try:
            corners.append((_number(x), _number(y)))
        except ValueError:
            raise ValueError(f"{corner.strip()!r} is no corner") from None
    if len(corners) < _CORNERS or any(not 0 <= v <= 1 for corner in corners for v in corner):
        raise ValueError("needs three corners or more, each a share (0 to 1) of width and height")
    return tuple(corners)


def _write_polygon(corners: tuple[tuple[float, float], ...]) -> str:
    return "; ".join(f"{_write_number(x)} {_write_number(y)}" for x, y in corners)


QUANTITY = Cell(read=_quantity, example="free_chlorine")
ID = Cell(read=_id, example="pool-probe")
TEXT = Cell(read=_text, example="...")
USCC = Cell(read=_uscc, example="113307023369256057")
POSITIVE = Cell(read=_positive, write=_write_number, example="60")
NOT_NEGATIVE = Cell(read=_not_negative, write=_write_number, example="0.01")
WHOLE = Cell(read=_whole, example="1")
TIME = Cell(read=_time, write=_write_time, example="2026-03-01 or 2026-03-01 08:30")
YES_NO = Cell(
    read=_yes_no, write=lambda value: "yes" if value else "no", example="yes | no",
)  # fmt: skip
DAY = Cell(read=_day, write=dt.date.isoformat, example="2026-03-01")
HOURS = Cell(read=parse_hours, write=format_hours, example="Mon-Fri 06:00-22:00; Sat 08:00-12:00")
DIGEST = Cell(read=_digest, example="64 hex digits")
POLYGON = Cell(read=_polygon, write=_write_polygon, example="0 0; 1 0; 1 1; 0 1")
