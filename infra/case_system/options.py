"""Owns how one run of the case system is set up, its fault switches included."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One run.

    Attributes:
        secret: ``whsec_...``, shared with the sender; signs both ways.
        callback: where decisions are posted; empty: nowhere.
        decide_after_s: how long a case waits for its decision.
        decision: what is decided of every case, ``filed`` or ``no_case``.
        fail_first: fault switch: so many requests are answered ``fail_status``.
        retry_after_s: sent with those answers when set.
        hang: fault switch: cases are taken and never answered.
    """

    secret: str
    data: Path
    callback: str = ""
    decide_after_s: float = 2.0
    decision: str = "filed"
    fail_first: int = 0
    fail_status: int = 500
    retry_after_s: int | None = None
    hang: bool = False
    max_object_bytes: int = 512 * 1024 * 1024
    max_case_bytes: int = 4 * 1024 * 1024
