-- depends: 0109.custody
-- Packages of evidence that left the house: which, why, who took it out, who approved.
CREATE TABLE evidence_exports (
    export_id text PRIMARY KEY,
    alert_id text NOT NULL REFERENCES alerts,
    evidence_id text NOT NULL,
    maker text NOT NULL REFERENCES officers,
    extractor text NOT NULL REFERENCES officers,
    approved_by text NOT NULL REFERENCES officers,
    reason text NOT NULL,
    at_ms bigint NOT NULL,
    sums_sha256 text NOT NULL,               -- of the package's SHA256SUMS
    CHECK (extractor <> approved_by)
);
CREATE INDEX evidence_exports_alert ON evidence_exports (alert_id);
