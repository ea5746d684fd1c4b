-- depends: 0118.alert_life
-- Who is signed in where, who is on the way back from the identity provider, who asks how often.
CREATE TABLE sessions (
    session_id text PRIMARY KEY,             -- SHA-256 of the token in the cookie; the token is nowhere
    officer_id text NOT NULL REFERENCES officers ON DELETE CASCADE,
    stamp text NOT NULL,                     -- digest of role, unit and password when they came in
    how text NOT NULL CHECK (how IN ('password', 'oidc')),
    created_ms bigint NOT NULL,
    seen_ms bigint NOT NULL,
    address text NOT NULL,
    agent text NOT NULL,
    hint text NOT NULL DEFAULT '',           -- the provider's ID token, for signing out there too
    ended_ms bigint,
    ended_by text NOT NULL DEFAULT '',
    ended_why text NOT NULL DEFAULT '' CHECK (ended_why IN
        ('', 'signed_out', 'idle', 'over', 'changed', 'replaced', 'ended')),
    CHECK ((ended_ms IS NULL) = (ended_why = ''))
);
CREATE INDEX sessions_officer ON sessions (officer_id, created_ms);
-- A way to the provider and back: taken once, by the browser that set out, within ten minutes.
CREATE TABLE sign_in_ways (
    state_sha256 text PRIMARY KEY,
    visitor text NOT NULL,                   -- SHA-256 of the cookie of the browser that set out
    nonce text NOT NULL,
    verifier text NOT NULL,                  -- PKCE, RFC 7636
    landing text NOT NULL,
    set_out_ms bigint NOT NULL
);
-- Generic cell rate: a bucket is empty again at full_ms; each request puts cost_ms in, most_ms fit.
-- Unlogged: lost in a crash, and then everybody starts with an empty bucket.
CREATE UNLOGGED TABLE door_buckets (
    key text PRIMARY KEY,
    full_ms double precision NOT NULL,
    cost_ms double precision NOT NULL,
    most_ms double precision NOT NULL
);
CREATE INDEX door_buckets_full ON door_buckets (full_ms);
