-- name: frames_copy
COPY observations (time, camera_id, people, brightness, contrast, sharpness, frame_sha256,
    masks, no_masks, badly_worn, tallest_px, model)
FROM STDIN (FORMAT BINARY)

-- name: frames_event
INSERT INTO camera_events (camera_id, at_ms, what, inputs, detail)
VALUES (%(camera_id)s, %(at_ms)s, %(what)s, %(inputs)s, %(detail)s)
ON CONFLICT DO NOTHING

-- name: frames_shadow
INSERT INTO shadow_looks (camera_id, at_ms, model, shadow, found, shadow_found, matched)
VALUES (%(camera_id)s, %(at_ms)s, %(model)s, %(shadow)s, %(found)s, %(shadow_found)s, %(matched)s)
ON CONFLICT DO NOTHING

-- name: frames_shadow_agreement
SELECT model, shadow, class, looks, found, shadow_found, matched,
    agreement::float8 AS agreement
FROM shadow_agreement ORDER BY shadow, model, class
