-- depends: 0104.cameras
-- What a camera is to see from a day on, signed by the key that seals evidence.
CREATE TABLE reference_views (
    camera_id text NOT NULL REFERENCES devices,
    from_ms bigint NOT NULL,
    picture bytea NOT NULL,                  -- JPEG
    sha256 text NOT NULL,
    signed_by text NOT NULL REFERENCES officers,
    signed_ms bigint NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL,                -- Ed25519 over camera, day, digest, officer and time
    PRIMARY KEY (camera_id, from_ms)
);
