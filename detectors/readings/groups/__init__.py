"""Rules over groups of series: a file each, registered in ``GROUP_RULES``."""

from __future__ import annotations

from detectors.readings.group import GroupRule

GROUP_RULES: tuple[GroupRule, ...] = ()
"""Every rule over groups; one line a rule."""
