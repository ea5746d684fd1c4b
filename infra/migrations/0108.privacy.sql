-- depends: 0104.cameras
-- What a camera may not see from where it stands: painted over before a picture leaves its node.
CREATE TABLE privacy_masks (
    mask_id text PRIMARY KEY,
    placement_id text NOT NULL REFERENCES placements,
    polygon jsonb NOT NULL,
    why text NOT NULL,
    masked_by_camera boolean NOT NULL,
    valid_from_ms bigint NOT NULL,
    valid_to_ms bigint,
    CHECK (valid_to_ms IS NULL OR valid_to_ms > valid_from_ms)
);
CREATE INDEX privacy_masks_placement ON privacy_masks (placement_id);
