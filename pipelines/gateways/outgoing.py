"""Owns what a sender puts through the HTTP gateway's door, and when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message of a device, with the (simulated) time of its arrival.

    Attributes:
        site_id: whose edge gateway sends it.
        planted: what it is there to show; empty for ordinary messages.
    """

    at_ms: int
    site_id: str
    body: bytes
    planted: str = ""
