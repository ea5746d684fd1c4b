"""Owns judging streams of sensor readings against the catalogue, in columns."""

from __future__ import annotations

from detectors.readings.engine import StepResult, plan_for, step
from detectors.readings.rollup import Buckets
from detectors.readings.state import (
    EngineState,
    SeriesState,
    decode_state,
    encode_state,
    expect,
)

__all__ = [
    "Buckets",
    "EngineState",
    "SeriesState",
    "StepResult",
    "decode_state",
    "encode_state",
    "expect",
    "plan_for",
    "step",
]
