-- depends: 0109.custody
-- Signed reviews of sealed evidence, and how large the people were that a detector found.
CREATE TABLE reviews (
    review_id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY, -- the newest of its kind and digest is in force
    evidence_id text NOT NULL REFERENCES evidence,
    alert_id text NOT NULL REFERENCES alerts,
    manifest_sha256 text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('legal', 'technical')),
    officer_id text NOT NULL REFERENCES officers,
    at_ms bigint NOT NULL,
    passed boolean NOT NULL,
    statement bytea NOT NULL,                -- canonical JSON: what is signed
    signature bytea NOT NULL,
    key_id text NOT NULL
);
CREATE INDEX reviews_alert ON reviews (alert_id, kind, seq);
-- Appended, never changed: another review replaces one, both stay.
CREATE FUNCTION reviews_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a review is not changed: sign another';
END $$;
CREATE TRIGGER reviews_stand BEFORE UPDATE ON reviews
    FOR EACH ROW EXECUTE FUNCTION reviews_stand();
ALTER TABLE observations ADD COLUMN tallest_px real;
