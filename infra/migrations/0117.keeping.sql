-- depends: 0109.custody 0115.records
-- Keeping and letting go. Times are epoch ms UTC. A target is what a hold or mark is about: an alert,
-- case, record, party, site, one object, or a camera's recording of a span.
CREATE TABLE keeping_holds (
    hold_id text PRIMARY KEY,
    target_kind text NOT NULL,
    target_id text NOT NULL,
    from_ms bigint,                          -- of a camera's recording only
    to_ms bigint,
    reason text NOT NULL,
    by_officer text NOT NULL REFERENCES officers,
    at_ms bigint NOT NULL,
    released_by text REFERENCES officers,
    released_ms bigint,
    release_reason text NOT NULL DEFAULT '',
    CHECK (released_by IS NULL OR released_by <> by_officer)
);
CREATE INDEX keeping_holds_live ON keeping_holds (target_kind, target_id) WHERE released_ms IS NULL;
-- To be kept for good (AV-29): from when it is asked for, and until a leader says no.
CREATE TABLE keeping_marks (
    mark_id text PRIMARY KEY,
    target_kind text NOT NULL,
    target_id text NOT NULL,
    ground text NOT NULL,
    note text NOT NULL,
    asked_by text NOT NULL REFERENCES officers,
    asked_ms bigint NOT NULL,
    decided_by text REFERENCES officers,
    decided_ms bigint,
    approved boolean
);
CREATE INDEX keeping_marks_target ON keeping_marks (target_kind, target_id);
-- How long the case file itself is kept, where the archive has said (AV-28); no end: for good.
CREATE TABLE keeping_case_files (
    case_id text PRIMARY KEY,
    until_ms bigint,
    basis text NOT NULL,
    set_by text NOT NULL REFERENCES officers,
    set_ms bigint NOT NULL
);
-- What an archivist proposes to let go, and a leader's answer to exactly that.
CREATE TABLE keeping_proposals (
    proposal_id text PRIMARY KEY,            -- SHA-256 of the body
    body bytea NOT NULL,                     -- canonical JSON
    signature bytea NOT NULL,
    key_id text NOT NULL,
    proposed_by text NOT NULL REFERENCES officers,
    proposed_ms bigint NOT NULL,
    decided_by text REFERENCES officers,
    decided_ms bigint,
    approved boolean,
    approval bytea,                          -- canonical JSON, signed
    approval_signature bytea,
    approval_key_id text,
    finished_ms bigint,
    CHECK (decided_by IS NULL OR decided_by <> proposed_by)
);
-- One certificate an item; what it lets go is written here before anything is removed.
CREATE TABLE keeping_certificates (
    certificate_id text PRIMARY KEY,         -- SHA-256 of the body
    proposal_id text NOT NULL REFERENCES keeping_proposals,
    kind text NOT NULL,                      -- evidence, record, access
    item_id text NOT NULL,
    body bytea NOT NULL,                     -- canonical JSON
    signature bytea NOT NULL,
    key_id text NOT NULL,
    at_ms bigint NOT NULL,
    UNIQUE (kind, item_id)
);
CREATE TABLE keeping_removals (
    sha256 text NOT NULL,
    certificate_id text NOT NULL REFERENCES keeping_certificates,
    basis text NOT NULL,
    at_ms bigint NOT NULL,
    removed_ms bigint,                       -- none: still to be removed
    waits text NOT NULL DEFAULT '',          -- why it could not be removed yet
    PRIMARY KEY (sha256, certificate_id)
);
CREATE INDEX keeping_removals_pending ON keeping_removals (certificate_id) WHERE removed_ms IS NULL;
CREATE TABLE mirror_runs (
    run_id bigserial PRIMARY KEY,
    target text NOT NULL,
    began_ms bigint NOT NULL,
    ended_ms bigint NOT NULL,
    copied bigint NOT NULL,
    copied_bytes bigint NOT NULL,
    let_go bigint NOT NULL,
    faults bigint NOT NULL,
    tree_size bigint NOT NULL,               -- of the log as it was mirrored
    index_sha256 text NOT NULL               -- the object that lists all of it
);
CREATE TABLE mirror_tests (
    test_id bigserial PRIMARY KEY,
    target text NOT NULL,
    at_ms bigint NOT NULL,
    seed bigint NOT NULL,
    share double precision NOT NULL,
    restored bigint NOT NULL,
    faults bigint NOT NULL,
    report bytea NOT NULL                    -- canonical JSON
);
-- Which digests are still named by something that is kept.
CREATE VIEW keeping_named AS
SELECT o.sha256, 'evidence' AS kind, o.evidence_id AS item_id FROM evidence_objects o
WHERE NOT EXISTS (SELECT FROM keeping_certificates c
    WHERE c.kind = 'evidence' AND c.item_id = o.evidence_id)
UNION ALL
SELECT o.sha256, 'record', o.record_id FROM record_objects o
WHERE NOT EXISTS (SELECT FROM keeping_certificates c
    WHERE c.kind = 'record' AND c.item_id = o.record_id);
-- What keeps something whatever its time: live holds, and marks for good unless declined.
CREATE VIEW keeping_standing AS
SELECT 'hold:' || hold_id AS code, target_kind, target_id FROM keeping_holds
WHERE released_ms IS NULL AND target_kind <> 'camera'
UNION ALL
SELECT 'for_good:' || ground, target_kind, target_id FROM keeping_marks
WHERE approved IS NOT FALSE;
