-- What was pinned, and the signed chain that shows nothing was taken out.
CREATE TABLE evidence (
    evidence_id text PRIMARY KEY,
    alert_id text NOT NULL REFERENCES alerts,
    manifest_sha256 text NOT NULL,
    manifest bytea NOT NULL,
    signature bytea NOT NULL,
    key_id text NOT NULL,
    sealed_at_ms bigint NOT NULL,
    UNIQUE (alert_id)
);
CREATE TABLE evidence_objects (
    evidence_id text NOT NULL REFERENCES evidence,
    role text NOT NULL,                      -- clip, poster, readings, raw, frame, explanation
    name text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    media_type text NOT NULL,
    PRIMARY KEY (evidence_id, name)
);
CREATE TABLE evidence_log (
    seq bigint PRIMARY KEY,
    kind text NOT NULL,
    subject_id text NOT NULL,
    subject_sha256 text NOT NULL,
    at_ms bigint NOT NULL,
    previous_hash text NOT NULL,
    entry_hash text NOT NULL,
    signature bytea NOT NULL,
    key_id text NOT NULL
);
CREATE TABLE notices (
    notice_id text PRIMARY KEY,
    alert_id text NOT NULL REFERENCES alerts,
    party_id text NOT NULL REFERENCES parties,
    channel text NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_try_ms bigint NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',
    queued_ms bigint NOT NULL,
    sent_ms bigint
);
CREATE INDEX notices_queued ON notices (next_try_ms) WHERE state = 'queued';
