-- depends: 0109.custody
-- Every closed part of a recording, with its digest as it was taken when it was closed. A row stays
-- when its part has left the ring: its leaf is in the log for good. The digest is part of the key, so
-- that what was told of a moment is never written over.
CREATE TABLE recording_parts (
    camera_id text NOT NULL,
    start_ms bigint NOT NULL,                -- UTC of the first frame; names the file
    end_ms bigint NOT NULL,
    sha256 text NOT NULL,                    -- hex, of the bytes as they lie on disk
    size_bytes bigint NOT NULL,
    recorded_ms bigint NOT NULL,             -- by the node's clock: when it was closed, or found
    PRIMARY KEY (camera_id, start_ms, sha256)
);
