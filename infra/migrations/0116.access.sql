-- depends: 0109.custody
-- Who asked to see or take out what, what a leader answered, and who looked. Times are epoch ms UTC.
CREATE TABLE access_requests (
    request_id text PRIMARY KEY,
    action text NOT NULL CHECK (action IN ('view', 'export')),
    target_kind text NOT NULL CHECK (target_kind IN ('alert', 'record')),
    target_id text NOT NULL,
    unit_id text NOT NULL REFERENCES units,  -- the target's when it was asked for: its leaders decide
    applicant text NOT NULL REFERENCES officers,
    reason text NOT NULL,
    matter text NOT NULL,
    from_ms bigint NOT NULL,                 -- the period asked for, and granted when approved
    to_ms bigint NOT NULL,
    asked_ms bigint NOT NULL,
    decided_by text REFERENCES officers,
    decided_ms bigint,
    approved boolean,
    answer text NOT NULL DEFAULT '',
    withdrawn_ms bigint,                     -- a grant that a leader took back before its time
    CHECK (to_ms > from_ms),
    CHECK (decided_by <> applicant),
    CHECK ((decided_by IS NULL) = (decided_ms IS NULL) AND (decided_by IS NULL) = (approved IS NULL))
);
CREATE INDEX access_requests_waiting ON access_requests (unit_id, asked_ms) WHERE decided_by IS NULL;
CREATE INDEX access_requests_applicant ON access_requests (applicant, asked_ms);
CREATE INDEX access_requests_target ON access_requests (target_kind, target_id, applicant);
-- A package that was taken out under an approved request: one window, then no more.
CREATE TABLE access_takings (
    request_id text PRIMARY KEY REFERENCES access_requests,
    taken_ms bigint NOT NULL,
    until_ms bigint NOT NULL,
    sha256 text NOT NULL                     -- of the package
);
-- Every look: written before the first byte is given.
CREATE TABLE access_views (
    view_id text PRIMARY KEY,
    officer_id text NOT NULL REFERENCES officers,
    session text NOT NULL,                   -- digest of the session that may fetch it
    target_kind text NOT NULL,
    target_id text NOT NULL,
    object_name text NOT NULL,
    sha256 text NOT NULL,
    media_type text NOT NULL,
    form text NOT NULL CHECK (form IN ('original', 'copy', 'object', 'package')),
    request_id text REFERENCES access_requests,
    reason text NOT NULL,
    at_ms bigint NOT NULL
);
CREATE INDEX access_views_target ON access_views (target_kind, target_id, at_ms);
CREATE INDEX access_views_officer ON access_views (officer_id, at_ms);
