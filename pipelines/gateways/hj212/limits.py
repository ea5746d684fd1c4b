"""Owns what a peer may take of the gateway, and the names of what can happen to a frame there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipelines import metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one peer; seconds, bytes and counts.

    Attributes:
        first_frame_s: a new connection must show an admitted station within this time.
        idle_s: an admitted one may be silent so long; stations of hourly data reconnect.
        frame_s: a frame that has begun must end within this time.
        answer_s: how long a peer may take to read our answers.
        hold_s: pause after a message that the broker did not take, before the next is read.
        penalty_s: pause after a refused station, so that passwords cannot be tried quickly.
        faults: unusable frames in a row until the connection is closed.
        unusable_bytes: bytes without a frame until the connection is closed.
        refusals: unknown stations or wrong passwords until the connection is closed.
        connections: at once, in all.
        of_address: at once from one address; several stations may share one.
        packets_s: how long a split message may take.
    """

    first_frame_s: float = 120.0
    idle_s: float = 3900.0
    frame_s: float = 30.0
    answer_s: float = 10.0
    hold_s: float = 0.5
    penalty_s: float = 1.0
    faults: int = 20
    unusable_bytes: int = 64 << 10
    refusals: int = 3
    connections: int = 2000
    of_address: int = 64
    packets_s: float = 60.0


class Outcome(StrEnum):
    """What becomes of a frame or connection, beside ``pipelines.gateways.intake``'s own names."""

    GARBAGE = "garbage"
    BAD_LENGTH = "bad_length"
    MISSING_END = "missing_end"
    WRONG_CRC = "wrong_crc"
    INCOMPLETE_FRAME = "incomplete_frame"
    BAD_HEADING = "bad_heading"
    UNKNOWN_STATION = "unknown_station"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105
    UNSUPPORTED_COMMAND = "unsupported_command"
    REGISTRY_UNAVAILABLE = "registry_unavailable"
    HELD_PACKET = "held_packet"
    """A packet of a split message that waits for the others; answered with the whole."""
    LONE_PACKET = "lone_packet"
    """A packet put on the log alone for a station that waits for its answer."""
    REPEATED_PACKET = "repeated_packet"
    """A packet that was on the log already; answered again."""
    TOO_MANY_SPLIT = "too_many_split"
    """A packet of one more unfinished message than may be; not answered."""
    INCOMPLETE_PACKETS = "incomplete_packets"
    """A split message that was not completed in time; what came is on the log."""
    TOO_MANY_CONNECTIONS = "too_many_connections"
    CLOSED_SILENT = "closed_silent"
    CLOSED_HOSTILE = "closed_hostile"
    """Closed after too many faults or refusals in a row; what lay behind them was not read."""
    CLOSED_NOT_READING = "closed_not_reading"
    LOST = "lost"
    """The connection broke."""


def count(outcome: Outcome) -> None:
    """Counts one."""
    metrics.GATEWAY.labels("hj212", outcome.value).inc()
