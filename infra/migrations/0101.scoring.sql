-- What moved the official credit: appended, never changed. credit_scores is drawn from it.
CREATE TABLE credit_movements (
    movement_id text PRIMARY KEY,
    party_id text NOT NULL REFERENCES parties,
    at_ms bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('opening', 'finding', 'filed', 'restored')),
    alert_id text REFERENCES alerts,
    points double precision NOT NULL CHECK (points >= 0),
    model_version text NOT NULL,
    CHECK ((kind = 'opening') = (alert_id IS NULL))
);
CREATE INDEX credit_movements_party ON credit_movements (party_id, at_ms);
