-- depends: 0118.alert_life
-- Hand-over of cases: what is sent, in order and once; what came back; the case system itself.
ALTER TABLE cases
    ADD COLUMN revision integer NOT NULL DEFAULT 0,     -- the newest drawn up; its body is `payload`
    ADD COLUMN facts_sha256 text NOT NULL DEFAULT '',   -- of what it says, revision and times left out
    ADD COLUMN status text NOT NULL DEFAULT '',         -- how far the case system is: statuses.toml
    ADD COLUMN status_ms bigint,
    ADD COLUMN status_reason text NOT NULL DEFAULT '',
    ADD COLUMN archive_sha256 text NOT NULL DEFAULT ''; -- of our index of the closed file
CREATE INDEX cases_party ON cases (party_id, created_ms DESC);
-- The outbox to the case system: one row a revision, its id the idempotency key.
CREATE TABLE case_sendings (
    sending_id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES cases,
    revision integer NOT NULL,
    reason text NOT NULL,                    -- why it was drawn up: confirmed, corrected, ...
    body bytea NOT NULL,                     -- the exact bytes that are signed and sent
    state text NOT NULL CHECK (state IN ('pending', 'acknowledged', 'refused', 'undelivered')),
    attempts integer NOT NULL DEFAULT 0,     -- in all
    tries integer NOT NULL DEFAULT 0,        -- since it was last queued
    due_ms bigint NOT NULL,                  -- not before
    error text NOT NULL DEFAULT '',
    receipt text NOT NULL DEFAULT '',
    created_ms bigint NOT NULL,
    first_sent_ms bigint,
    sent_ms bigint,
    acknowledged_ms bigint,
    UNIQUE (case_id, revision)
);
CREATE INDEX case_sendings_due ON case_sendings (due_ms) WHERE state = 'pending';
ALTER TABLE case_answers
    ADD COLUMN status text NOT NULL DEFAULT '',
    ADD COLUMN revision integer NOT NULL DEFAULT 0,
    ADD COLUMN taken text NOT NULL DEFAULT 'current'
        CHECK (taken IN ('current', 'late', 'repeated', 'impossible')),
    ADD COLUMN why text NOT NULL DEFAULT '';
CREATE INDEX case_answers_case ON case_answers (case_id, at_ms);
-- A case system that answered 410 is sent nothing more until a leader opens it again.
CREATE TABLE case_endpoints (
    url text PRIMARY KEY,
    disabled_ms bigint,
    why text NOT NULL DEFAULT '',
    changed_by text NOT NULL
);
-- The index of a closed file: everything that belongs to it, by digest (OFF-20).
CREATE TABLE case_archives (
    case_id text PRIMARY KEY REFERENCES cases,
    index_json bytea NOT NULL,
    index_sha256 text NOT NULL,
    at_ms bigint NOT NULL
);
