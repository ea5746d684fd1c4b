"""Owns when a clock ends, and what is to be told on the way. Pure.

Days are counted from the day after the event. A pause takes days out of the count by the same
rule: the day on which it begins still counts, the day on which it ends does not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from pipelines.clocks.kinds import HOUR_MS, Terms, To, offset_ms
from pipelines.records.working_days import ZONE, day_of, is_working

_DAY = dt.timedelta(days=1)


class Pause(NamedTuple):
    """A span in which a clock stood still, epoch ms."""

    from_ms: int
    to_ms: int


class Telling(NamedTuple):
    """Something to tell at a moment.

    Attributes:
        name: what makes it unique within its clock and due date.
    """

    at_ms: int
    action: Literal["warned", "escalated"]
    to: To
    name: str


def due(terms: Terms, started_ms: int, pauses: Sequence[Pause] = ()) -> int:
    """The last moment of a clock, epoch ms.

    Args:
        pauses: in any order; what overlaps counts once, what lies before the start or begins
            after the end counts for nothing.
    """
    still = _joined(p for p in pauses if p.to_ms > max(p.from_ms, started_ms))
    number, unit = terms.many
    if unit == "hours":
        end_ms = started_ms + number * HOUR_MS
        for pause in still:
            from_ms = max(pause.from_ms, started_ms)
            end_ms += pause.to_ms - from_ms if from_ms <= end_ms else 0
        return end_ms
    spans = [(day_of(max(p.from_ms, started_ms)), day_of(p.to_ms)) for p in still]
    day = day_of(started_ms)
    while number:
        day += _DAY
        stands = any(first < day <= last for first, last in spans)
        number -= not stands and (unit == "days" or is_working(day)[0])
    while terms.rest == "next_working_day" and not is_working(day)[0]:
        day += _DAY
    return _end_of(day)


def tellings(terms: Terms, started_ms: int, due_ms: int) -> tuple[Telling, ...]:
    """What is to be told, in order. A warning that would come before the start is not given."""
    warned = (
        Telling(due_ms - offset_ms(w.before), "warned", w.to, f"before {w.before} {w.to}")
        for w in terms.warn
    )
    escalated = (
        Telling(due_ms + offset_ms(e.after), "escalated", e.to, f"after {e.after} {e.to}")
        for e in terms.escalate
    )
    return tuple(sorted(t for t in (*warned, *escalated) if t.at_ms > started_ms))


def next_ms(terms: Terms, started_ms: int, due_ms: int, after_ms: int) -> int | None:
    """The next moment after one at which there is something to tell or to mark; None: never."""
    moments = {due_ms + 1, *(t.at_ms for t in tellings(terms, started_ms, due_ms))}
    return min((m for m in moments if m > after_ms), default=None)


def _joined(pauses: Iterable[Pause]) -> Iterator[Pause]:
    """The same time in order, without overlaps."""
    last: Pause | None = None
    for pause in sorted(pauses):
        if last is None or pause.from_ms > last.to_ms:
            if last is not None:
                yield last
            last = pause
        else:
            last = Pause(last.from_ms, max(last.to_ms, pause.to_ms))
    if last is not None:
        yield last


def _end_of(day: dt.date) -> int:
    midnight = dt.datetime.combine(day + _DAY, dt.time(), ZONE)
    return round(midnight.timestamp() * 1000) - 1
