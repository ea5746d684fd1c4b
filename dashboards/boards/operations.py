"""The board on which analysts see whether everything flows, and what comes of it."""

from __future__ import annotations

import time

from grafana_foundation_sdk.builders import bargauge, common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.models.common import GraphTresholdsStyleMode, StackingMode
from grafana_foundation_sdk.models.dashboard import Dashboard, Threshold, ThresholdsMode

from dashboards.boards.panel import asks, title
from detectors.catalogue import bundled

UID = "vigil-operations"


def build() -> Dashboard:
    """The board, with the chlorine limits that are in force when it is built."""
    return (
        dashboard.Dashboard(f"Vigil {title('operations')}")
        .uid(UID)
        .tags(["vigil"])
        .timezone("Asia/Shanghai")
        .time("now-6h", "now")
        .refresh("30s")
        .with_panel(_readings())
        .with_panel(_latency())
        .with_panel(asks(table.Panel(), "open_by_risk", "table", span=14, height=9))
        .with_panel(asks(table.Panel(), "alerts_by_rule", "table", span=10, height=9))
        .with_panel(_chlorine())
        .with_panel(asks(timeseries.Panel(), "people_per_camera", "time_series", span=12))
        .with_panel(asks(table.Panel(), "in_limits", "table", span=24))
        .with_panel(asks(stat.Panel(), "sealing", "table", span=8, height=6))
        .with_panel(asks(table.Panel(), "delivery", "table", span=8, height=6))
        .with_panel(asks(table.Panel(), "credit", "table", span=8, height=6))
        .with_panel(asks(bargauge.Panel(), "losses", "table", span=12))
        .with_panel(asks(timeseries.Panel(), "dead_letters", "time_series", span=12))
        .build()
    )


def _readings() -> timeseries.Panel:
    stacked = common.StackingConfig().mode(StackingMode.NORMAL)
    panel = timeseries.Panel().stacking(stacked).fill_opacity(30)
    return asks(panel, "readings_per_minute", "time_series", span=14)


def _latency() -> timeseries.Panel:
    return asks(timeseries.Panel().unit("ms").min(0), "reading_to_alert", "time_series", span=10)


def _chlorine() -> timeseries.Panel:
    now_ms = time.time_ns() // 1_000_000
    limits = next(e for e in bundled().in_force(now_ms) if e.id == "pool-free-chlorine")
    steps = [
        Threshold(value=None, color="red"),
        Threshold(value=limits.low, color="green"),
        Threshold(value=limits.high, color="red"),
    ]
    lines = common.GraphThresholdsStyleConfig().mode(GraphTresholdsStyleMode.DASHED)
    thresholds = dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
    panel = timeseries.Panel().unit("mg/L").min(0).thresholds(thresholds).thresholds_style(lines)
    return asks(panel, "pool_chlorine", "time_series", span=12)
