-- What came of it: cases handed over, risk and credit.
CREATE TABLE cases (
    case_id text PRIMARY KEY,
    alert_id text NOT NULL UNIQUE REFERENCES alerts,
    party_id text NOT NULL REFERENCES parties,
    payload bytea NOT NULL,                  -- the exact JSON that is signed and sent
    state text NOT NULL CHECK (state IN ('pending', 'acknowledged', 'refused', 'undelivered',
        'decided')),
    attempts integer NOT NULL DEFAULT 0,
    receipt text NOT NULL DEFAULT '',
    decision text NOT NULL DEFAULT '',
    error text NOT NULL DEFAULT '',
    created_ms bigint NOT NULL,
    sent_ms bigint,
    acknowledged_ms bigint,
    decided_ms bigint
);
-- Answers of the case system, by their webhook id, so that a repeated call changes nothing.
CREATE TABLE case_answers (
    answer_id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES cases,
    kind text NOT NULL,
    at_ms bigint NOT NULL,
    body bytea NOT NULL
);
CREATE TABLE risk_scores (
    time timestamptz NOT NULL,
    party_id text NOT NULL,
    site_id text NOT NULL,
    alert_id text NOT NULL,
    score double precision NOT NULL,
    model_version text NOT NULL,
    contributions jsonb NOT NULL
);
CREATE INDEX risk_scores_party ON risk_scores (party_id, time DESC);
CREATE TABLE credit_scores (
    time timestamptz NOT NULL,
    party_id text NOT NULL,
    cause text NOT NULL,                     -- what moved it: opening, case decision, ...
    score double precision NOT NULL,
    grade text NOT NULL,
    model_version text NOT NULL,
    contributions jsonb NOT NULL
);
CREATE INDEX credit_scores_party ON credit_scores (party_id, time DESC);
