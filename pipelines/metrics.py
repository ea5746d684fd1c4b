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
FRAMES = Counter("vigil_frames_total", "Frames judged, by camera", ["camera"])
FRAMES_LAG = Gauge(
    "vigil_frames_lag_ms",
    "How long ago the newest frame had been logged when its run began to be judged",
)
BATCH_PICTURES = Histogram(
    "vigil_batch_pictures", "Pictures that shared one run of the network",
    buckets=(1, 2, 4, 8, 16, 32),
)  # fmt: skip
BATCH_WAIT = Histogram(
    "vigil_batch_wait_seconds", "How long the first picture of a run lay ready before it",
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3),
)  # fmt: skip
BATCH_SECONDS = Histogram(
    "vigil_batch_seconds", "How long one run of the network took",
    buckets=(0.003, 0.01, 0.03, 0.1, 0.3, 1, 3),
)  # fmt: skip
MODEL = Gauge("vigil_model", "1 for the model that frames are judged by", ["model"])
MODEL_REFUSED = Counter(
    "vigil_model_refused_total", "Changed model files that were refused; the model before goes on"
)
SHADOW = Counter(
    "vigil_shadow_looks_total", "Frames for the model in shadow: stored, skipped or failed",
    ["outcome"],
)  # fmt: skip
LOG_PENDING = Gauge("vigil_log_pending", "Leaves that wait for their place in the log")
LOG_SIZE = Gauge("vigil_log_size", "Leaves of the transparency log's newest checkpoint")
LOG_AGE = Gauge("vigil_log_checkpoint_age_seconds", "How long ago the newest checkpoint was signed")
LOG_STOPPED = Gauge(
    "vigil_log_stopped", "1 while the log signs nothing, because it would contradict itself"
)
LOG_UNSTAMPED = Gauge(
    "vigil_log_unstamped_seconds", "Age of the oldest checkpoint that waits for a time stamp"
)
LOG_STAMPS = Counter(
    "vigil_log_stamps_total", "Time stamps asked for: stored, refused or unreachable", ["outcome"]
)
KEPT = Gauge(
    "vigil_keeping_items", "Items kept, by what is to become of them: keep, may_go, must_go",
    ["verdict"],
)  # fmt: skip
REMOVALS = Gauge(
    "vigil_keeping_removals_pending", "Objects let go that a lock, a hold or an error still keeps"
)
RECORDING_SHORT = Gauge(
    "vigil_recording_short", "Cameras whose recording is not kept as long as it must, by cause",
    ["because"],
)  # fmt: skip
MIRROR_AGE = Gauge(
    "vigil_mirror_age_seconds", "How long ago the copy elsewhere was brought up to date", ["target"]
)
MIRROR_TEST_AGE = Gauge(
    "vigil_mirror_test_age_seconds", "How long ago the copy elsewhere was restored for a test",
    ["target"],
)  # fmt: skip
MIRROR_FAULTS = Gauge(
    "vigil_mirror_faults", "Faults of the last copy and of the last restore test", ["target"]
)
TURNED_AWAY = Counter(
    "vigil_turned_away_total", "Requests that the site answered with 4xx, by reason", ["why"]
)
SIGN_INS = Counter(
    "vigil_sign_ins_total", "Sign-ins at the site, by how and outcome", ["how", "outcome"]
)
