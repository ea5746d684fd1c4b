"""Owns what a hold or a mark is about. Must not know who may place one."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("alert", "case", "record", "party", "site", "object", "camera")


class BadTarget(Exception):
    """This names nothing that can be held; the text says what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is held: one thing, or all that belongs to it.

    Attributes:
        from_ms: with ``to_ms``, the span of a camera's recording; None for other kinds.
    """

    kind: str
    id: str
    from_ms: int | None = None
    to_ms: int | None = None

    def __str__(self) -> str:
        span = "" if self.from_ms is None else f"@{self.from_ms}..{self.to_ms}"
        return f"{self.kind}:{self.id}{span}"


def target(text: str) -> Target:
    """Reads ``alert:ID`` (or a bare alert id), ``case:ID``, ``party:ID``, ``camera:ID@FROM..TO``.

    Raises:
        BadTarget: it is none of these.
    """
    kind, colon, rest = text.partition(":")
    if not colon:
        kind, rest = "alert", text
    if kind not in KINDS or not rest:
        raise BadTarget(f"{text!r}: write KIND:ID, where KIND is one of {', '.join(KINDS)}")
    if kind != "camera":
        return Target(kind=kind, id=rest)
    camera_id, _, span = rest.rpartition("@")
    from_ms, _, to_ms = span.partition("..")
    if not camera_id or not from_ms.isdigit() or not to_ms.isdigit() or int(from_ms) >= int(to_ms):
        raise BadTarget(f"{text!r}: write camera:ID@FROM..TO, both epoch milliseconds")
    return Target(kind=kind, id=camera_id, from_ms=int(from_ms), to_ms=int(to_ms))
