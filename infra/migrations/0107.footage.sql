-- depends: 0104.cameras
-- How each connection of a camera had its time mapped to UTC, and how sure that was.
CREATE TABLE capture_clocks (
    camera_id text NOT NULL,
    stream text NOT NULL CHECK (stream IN ('main', 'sub')),
    since_ms bigint NOT NULL,                -- UTC of the time line's first packet
    at_ms bigint NOT NULL,                   -- when it was last looked at
    offset_ms bigint,                        -- the camera's own clock minus UTC, where it tells
    uncertainty_ms bigint NOT NULL,
    drift_ppm double precision,              -- after ten minutes
    PRIMARY KEY (camera_id, stream, since_ms)
);
