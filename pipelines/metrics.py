"""Every Prometheus metric there is, named and explained in one place."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter(
    "vigil_messages_total", "Messages whose effects were committed, by stage", ["stage"]
)
REFUSED = Counter(
    "vigil_refused_total", "Messages put among the dead letters, by topic and reason",
    ["topic", "reason"],
)  # fmt: skip
SKIPPED = Counter(
    "vigil_skipped_total",
    "Messages delivered again whose effects were committed before, by stage",
    ["stage"],
)
FENCED = Counter(
    "vigil_fenced_total", "Commits refused because another worker had advanced, by stage", ["stage"]
)
RETRIES = Counter(
    "vigil_retries_total", "Runs tried again after a transient failure, by stage", ["stage"]
)
COMMIT_SECONDS = Histogram(
    "vigil_commit_seconds", "Time from messages in hand to effects committed, by stage", ["stage"]
)
NEXT_OFFSET = Gauge(
    "vigil_next_offset", "Next offset to process; alarming when it rests while there is lag",
    ["stage", "partition"],
)  # fmt: skip
GATEWAY = Counter(
    "vigil_gateway_messages_total", "Messages at a gateway, by gateway and outcome",
    ["gateway", "outcome"],
)  # fmt: skip
UNJUDGED = Gauge(
    "vigil_unjudged_series", "Series of the last run whose readings no rule could judge"
)
OUTBOX = Gauge(
    "vigil_outbox_sent", "Messages the last round of the relay took from the outbox to the log"
)
PIN_WAITS = Counter(
    "vigil_pin_waits_total", "Alerts whose evidence could not be pinned yet and is tried again"
)
