"""Owns how one run of the case system is set up, its fault switches included."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One run.

    Attributes:
        secret: keys with spaces between, shared with the sender; sign both ways.
        callback: where steps are posted; empty: nowhere.
        decide_after_s: how long a case waits for its decision; the steps are spread over it.
        decision: of every case: ``penalty``, ``no_penalty``, ``refused`` or ``annulled``.
        amount_fen: the fine of a penalty.
        fail_first: fault switch: so many requests are answered ``fail_status``.
        retry_after_s: sent with those answers when set.
        hang: fault switch: cases are taken and never answered.
        gone: fault switch: 410 to every case.
        fault_percent: fault switch: so many of a hundred requests go wrong, by turns: refused with
            503 before anything is kept, kept and then answered 500, or answered slowly.
        slow_s: how slowly.
        double_percent: fault switch: so many of a hundred call-backs are sent twice.
        seed: of the faults, so that a run can be had again.
    """

    secret: str
    data: Path
    callback: str = ""
    decide_after_s: float = 2.0
    decision: str = "penalty"
    amount_fen: int = 50_000
    fail_first: int = 0
    fail_status: int = 500
    retry_after_s: int | None = None
    hang: bool = False
    gone: bool = False
    fault_percent: float = 0.0
    slow_s: float = 0.2
    double_percent: float = 0.0
    seed: int = 0
    max_object_bytes: int = 512 * 1024 * 1024
    max_case_bytes: int = 4 * 1024 * 1024
