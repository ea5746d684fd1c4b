-- name: privacy_where
SELECT d.kind AS device_kind, d.installed_ms, d.removed_ms, p.placement_id, o.point_id,
    CASE WHEN o.kind = '' THEN s.kind ELSE o.kind END AS place_kind
FROM devices d
LEFT JOIN placements p ON p.device_id = d.device_id AND p.from_ms <= %(at_ms)s
    AND (p.to_ms IS NULL OR p.to_ms > %(at_ms)s)
LEFT JOIN points o USING (point_id)
LEFT JOIN sites s USING (site_id)
WHERE d.device_id = %(device_id)s

-- name: privacy_masks_at
SELECT polygon, masked_by_camera FROM privacy_masks
WHERE placement_id = %(placement_id)s AND valid_from_ms <= %(at_ms)s
    AND (valid_to_ms IS NULL OR valid_to_ms > %(at_ms)s)
ORDER BY mask_id
