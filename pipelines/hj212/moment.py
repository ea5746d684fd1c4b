"""Owns the protocol's times: Beijing time in digits, to the second or the millisecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
SECOND_DIGITS = len("yyyyMMddHHmmss")
MILLISECOND_DIGITS = SECOND_DIGITS + 3


def epoch_ms(digits: str) -> int:
    """``yyyyMMddHHmmss`` or ``yyyyMMddHHmmssSSS`` as epoch milliseconds.

    Raises:
        ValueError: not so many digits, or no such moment.
    """
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{digits!r} is no time in digits")
    if len(digits) not in (SECOND_DIGITS, MILLISECOND_DIGITS):
        raise ValueError(f"{digits!r} has {len(digits)} digits")
    ends = (4, 6, 8, 10, 12, 14)
    parts = [int(digits[start:end]) for start, end in zip((0, *ends), ends, strict=False)]
    year, month, day, hour, minute, second = parts
    moment = datetime(year, month, day, hour, minute, second, tzinfo=BEIJING)
    return int(moment.timestamp()) * 1000 + int(digits[SECOND_DIGITS:] or 0)


def digits_of(at_ms: int) -> str:
    """Epoch milliseconds as ``yyyyMMddHHmmssSSS``."""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(BEIJING)
    return f"{moment:%Y%m%d%H%M%S}{at_ms % 1000:03d}"
