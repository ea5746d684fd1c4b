-- What keeps the effect exactly-once: offset, state and output of a stage commit together.
CREATE TABLE stage_offsets (
    log_id text NOT NULL,
    stage text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (log_id, stage, partition)
);
CREATE TABLE stage_state (
    stage text NOT NULL,
    partition integer NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (stage, partition, key)
);
CREATE TABLE outbox (
    outbox_id bigserial PRIMARY KEY,
    topic text NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL
);
CREATE TABLE dead_letters (
    dead_letter_id text PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    message_offset bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    original bytea NOT NULL,
    at_ms bigint NOT NULL
);
-- Named counters that must survive a restart (late and duplicate readings, refused messages).
CREATE TABLE counters (
    name text PRIMARY KEY,
    value bigint NOT NULL
);
