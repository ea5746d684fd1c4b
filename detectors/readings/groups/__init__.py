"""Rules over groups of series: a file each, registered in ``GROUP_RULES``."""

from __future__ import annotations

from detectors.readings.group import GroupRule
from detectors.readings.groups import (
    a0,
    anomaly,
    balance,
    change_point,
    cycle,
    daily_mean,
    disagree,
    door,
    drift,
    gated,
    held,
    kept,
    lamp,
    ran,
    trend,
)

GROUP_RULES: tuple[GroupRule, ...] = (
    kept.RULE,
    balance.RULE,
    a0.RULE,
    cycle.RULE,
    ran.RULE,
    lamp.RULE,
    door.RULE,
    held.RULE,
    gated.RULE,
    daily_mean.RULE,
    disagree.RULE,
    trend.RULE,
    drift.RULE,
    change_point.RULE,
    anomaly.RULE,
)
"""Every rule over groups; one line a rule."""
