-- Measurements, and what was found in them.
CREATE TABLE readings (
    time timestamptz NOT NULL,
    series_id integer NOT NULL,
    value double precision NOT NULL,
    flag smallint NOT NULL
);
CREATE INDEX readings_series_time ON readings (series_id, time DESC);
-- One row a message as it arrived: the original bytes and their digest.
CREATE TABLE raw_batches (
    sha256 text NOT NULL,
    device_id text NOT NULL,
    seq bigint NOT NULL,
    received_ms bigint NOT NULL,
    first_ms bigint NOT NULL,
    last_ms bigint NOT NULL,
    partition integer NOT NULL,
    message_offset bigint NOT NULL,
    watermark_ms bigint NOT NULL,            -- of the partition before this message: for replay
    original bytea NOT NULL,
    PRIMARY KEY (device_id, sha256)
);
CREATE INDEX raw_batches_time ON raw_batches (device_id, first_ms, last_ms);
CREATE TABLE observations (
    time timestamptz NOT NULL,
    camera_id text NOT NULL,
    people smallint NOT NULL,
    brightness real NOT NULL,
    contrast real NOT NULL,
    sharpness real NOT NULL,
    frame_sha256 text NOT NULL
);
CREATE INDEX observations_camera_time ON observations (camera_id, time DESC);
CREATE TABLE recording_gaps (
    camera_id text NOT NULL,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (camera_id, start_ms)
);
CREATE TABLE signals (
    signal_id text PRIMARY KEY,
    alert_id text NOT NULL,                  -- the alert it opened, joined or closed
    phase text NOT NULL CHECK (phase IN ('opened', 'closed')),
    rule_id text NOT NULL,
    at_ms bigint NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX signals_alert ON signals (alert_id);
CREATE TABLE alerts (
    alert_id text PRIMARY KEY,               -- one alert per place, rule and spell
    rule_id text NOT NULL,
    rule_version text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    party_id text NOT NULL REFERENCES parties,
    site_id text NOT NULL REFERENCES sites,
    device_id text NOT NULL REFERENCES devices,
    place text NOT NULL,
    series_id integer REFERENCES series,
    start_ms bigint NOT NULL,
    detected_ms bigint NOT NULL,
    end_ms bigint,
    unit text NOT NULL,
    value double precision,
    low double precision,
    high double precision,
    inputs jsonb NOT NULL,
    staged boolean NOT NULL,
    -- sealing: evidence is being pinned, no officer sees it yet
    state text NOT NULL CHECK (state IN ('sealing', 'open', 'acknowledged', 'confirmed', 'dismissed')),
    grade text NOT NULL CHECK (grade IN ('evidence', 'lead', 'nothing')),
    grade_reasons jsonb NOT NULL,
    risk double precision NOT NULL,
    input_at_ms bigint NOT NULL,             -- wall clock when the deciding input reached the log
    stored_at_ms bigint NOT NULL             -- wall clock when this row was written
);
CREATE INDEX alerts_queue ON alerts (state, risk DESC, detected_ms);
CREATE INDEX alerts_site ON alerts (site_id, detected_ms);
-- The audit trail: appended, never changed.
CREATE TABLE alert_events (
    event_id text PRIMARY KEY,
    alert_id text NOT NULL REFERENCES alerts,
    at_ms bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    reason_code text NOT NULL DEFAULT '',
    ground text NOT NULL DEFAULT ''
);
CREATE INDEX alert_events_alert ON alert_events (alert_id, at_ms);
