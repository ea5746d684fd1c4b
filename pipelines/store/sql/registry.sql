-- name: registry_consistent
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ

-- name: registry_version
SELECT version FROM registry_version

-- name: registry_hold
SELECT version FROM registry_version FOR UPDATE

-- name: registry_bump
UPDATE registry_version SET version = version + 1 RETURNING version

-- name: registry_changed
INSERT INTO registry_changes (version, at_ms, who, table_name, row_key, corrects, before, after)
VALUES (%(version)s, %(at_ms)s, %(who)s, %(table_name)s, %(row_key)s, %(corrects)s, %(before)s,
    %(after)s)

-- name: registry_changes
SELECT version, at_ms, who, table_name, row_key, corrects, before, after
FROM registry_changes ORDER BY change_id

-- name: registry_gateway
SELECT site_id FROM site_keys
WHERE key_sha256 = %(key_sha256)s AND valid_from_ms <= extract(epoch FROM now()) * 1000
    AND (valid_to_ms IS NULL OR valid_to_ms > extract(epoch FROM now()) * 1000)

-- name: registry_device_key
SELECT k.device_id, t.site_id
FROM device_keys k
JOIN placements p ON p.device_id = k.device_id AND p.from_ms <= %(at_ms)s
    AND (p.to_ms IS NULL OR p.to_ms > %(at_ms)s)
JOIN points t USING (point_id)
WHERE k.key_sha256 = %(key_sha256)s AND k.valid_from_ms <= %(at_ms)s
    AND (k.valid_to_ms IS NULL OR k.valid_to_ms > %(at_ms)s)

-- name: registry_hj212_station
SELECT h.device_id, t.site_id, h.password_sha256
FROM hj212_stations h
JOIN placements p ON p.device_id = h.device_id AND p.from_ms <= %(at_ms)s
    AND (p.to_ms IS NULL OR p.to_ms > %(at_ms)s)
JOIN points t USING (point_id)
WHERE h.mn = %(mn)s AND h.valid_from_ms <= %(at_ms)s
    AND (h.valid_to_ms IS NULL OR h.valid_to_ms > %(at_ms)s)

-- name: registry_coverage
SELECT t.kind, count(DISTINCT t.site_id) AS sites,
    count(DISTINCT t.site_id) FILTER (WHERE d.device_id IS NOT NULL) AS covered,
    count(DISTINCT d.device_id) AS devices
FROM sites t
LEFT JOIN points o USING (site_id)
LEFT JOIN placements p ON p.point_id = o.point_id AND p.from_ms <= %(at_ms)s
    AND (p.to_ms IS NULL OR p.to_ms > %(at_ms)s)
LEFT JOIN devices d ON d.device_id = p.device_id AND d.kind <> 'recorder'
    AND d.installed_ms <= %(at_ms)s AND (d.removed_ms IS NULL OR d.removed_ms > %(at_ms)s)
GROUP BY t.kind ORDER BY t.kind

-- name: registry_points_in_use
SELECT o.mounting, count(DISTINCT o.point_id) AS points,
    count(DISTINCT p.point_id) AS in_use
FROM points o
LEFT JOIN placements p ON p.point_id = o.point_id AND p.from_ms <= %(at_ms)s
    AND (p.to_ms IS NULL OR p.to_ms > %(at_ms)s)
GROUP BY o.mounting ORDER BY o.mounting

-- name: registry_equipment
SELECT (SELECT count(*) FROM officers WHERE role = 'officer') AS officers, count(*) AS recorders,
    count(*) FILTER (WHERE custodian = '') AS unassigned
FROM devices WHERE kind = 'recorder' AND installed_ms <= %(at_ms)s
    AND (removed_ms IS NULL OR removed_ms > %(at_ms)s)

-- name: registry_participation
SELECT p.party_id,
    EXISTS (SELECT 1 FROM participations x WHERE x.party_id = p.party_id AND x.kind = 'device'
        AND x.valid_from_ms <= %(at_ms)s
        AND (x.valid_to_ms IS NULL OR x.valid_to_ms > %(at_ms)s)) AS device,
    EXISTS (SELECT 1 FROM participations x WHERE x.party_id = p.party_id
        AND x.kind = 'self_supervision' AND x.valid_from_ms <= %(at_ms)s
        AND (x.valid_to_ms IS NULL OR x.valid_to_ms > %(at_ms)s)) AS self_supervision,
    EXISTS (SELECT 1 FROM delivery_addresses x WHERE x.party_id = p.party_id
        AND x.valid_from_ms <= %(at_ms)s
        AND (x.valid_to_ms IS NULL OR x.valid_to_ms > %(at_ms)s)) AS delivery_address
FROM parties p ORDER BY p.party_id

-- name: registry_delivery_address
SELECT method, address, signed_by, signed_ms FROM delivery_addresses
WHERE party_id = %(party_id)s AND valid_from_ms <= %(at_ms)s
    AND (valid_to_ms IS NULL OR valid_to_ms > %(at_ms)s)
ORDER BY valid_from_ms DESC, delivery_id

-- name: registry_put_officer
INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash, unit_id) VALUES
    (%(officer_id)s, %(name_zh)s, %(name_en)s, %(role)s, %(password_hash)s, %(unit_id)s)
ON CONFLICT (officer_id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
    role = excluded.role, password_hash = excluded.password_hash, unit_id = excluded.unit_id

-- name: registry_unit
SELECT unit_id FROM units WHERE unit_id = %(unit_id)s

-- name: registry_all_units
SELECT unit_id, name_zh, name_en
FROM units ORDER BY unit_id

-- name: registry_put_units
INSERT INTO units SELECT * FROM jsonb_populate_recordset(NULL::units, %(rows)s)
ON CONFLICT (unit_id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en

-- name: registry_all_districts
SELECT district_id, name_zh, name_en
FROM districts ORDER BY district_id

-- name: registry_put_districts
INSERT INTO districts SELECT * FROM jsonb_populate_recordset(NULL::districts, %(rows)s)
ON CONFLICT (district_id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en

-- name: registry_all_parties
SELECT party_id, district_id, uscc, name_zh, name_en, service_email
FROM parties ORDER BY party_id

-- name: registry_put_parties
INSERT INTO parties SELECT * FROM jsonb_populate_recordset(NULL::parties, %(rows)s)
ON CONFLICT (party_id) DO UPDATE SET district_id = excluded.district_id, uscc = excluded.uscc,
    name_zh = excluded.name_zh, name_en = excluded.name_en, service_email = excluded.service_email

-- name: registry_all_participations
SELECT participation_id, party_id, kind, number, valid_from_ms, valid_to_ms
FROM participations ORDER BY participation_id

-- name: registry_put_participations
INSERT INTO participations SELECT * FROM jsonb_populate_recordset(NULL::participations, %(rows)s)
ON CONFLICT (participation_id) DO UPDATE SET party_id = excluded.party_id, kind = excluded.kind,
    number = excluded.number, valid_from_ms = excluded.valid_from_ms, valid_to_ms =
    excluded.valid_to_ms

-- name: registry_all_delivery_addresses
SELECT delivery_id, party_id, method, address, signed_by, signed_ms, valid_from_ms, valid_to_ms
FROM delivery_addresses ORDER BY delivery_id

-- name: registry_put_delivery_addresses
INSERT INTO delivery_addresses SELECT * FROM jsonb_populate_recordset(NULL::delivery_addresses, %(rows)s)
ON CONFLICT (delivery_id) DO UPDATE SET party_id = excluded.party_id, method = excluded.method,
    address = excluded.address, signed_by = excluded.signed_by, signed_ms = excluded.signed_ms,
    valid_from_ms = excluded.valid_from_ms, valid_to_ms = excluded.valid_to_ms

-- name: registry_all_sites
SELECT site_id, party_id, kind, name_zh, name_en, hours, unit_id
FROM sites ORDER BY site_id

-- name: registry_put_sites
INSERT INTO sites SELECT * FROM jsonb_populate_recordset(NULL::sites, %(rows)s)
ON CONFLICT (site_id) DO UPDATE SET party_id = excluded.party_id, kind = excluded.kind, name_zh
    = excluded.name_zh, name_en = excluded.name_en, hours = excluded.hours,
    unit_id = excluded.unit_id

-- name: registry_all_closed_days
SELECT closure_id, site_id, first_day, last_day, reason
FROM closed_days ORDER BY closure_id

-- name: registry_put_closed_days
INSERT INTO closed_days SELECT * FROM jsonb_populate_recordset(NULL::closed_days, %(rows)s)
ON CONFLICT (closure_id) DO UPDATE SET site_id = excluded.site_id, first_day =
    excluded.first_day, last_day = excluded.last_day, reason = excluded.reason

-- name: registry_all_points
SELECT point_id, site_id, place, kind, name_zh, name_en, mounting, siting_reason,
    published_location
FROM points ORDER BY point_id

-- name: registry_put_points
INSERT INTO points SELECT * FROM jsonb_populate_recordset(NULL::points, %(rows)s)
ON CONFLICT (point_id) DO UPDATE SET site_id = excluded.site_id, place = excluded.place, kind =
    excluded.kind, name_zh = excluded.name_zh, name_en = excluded.name_en, mounting =
    excluded.mounting, siting_reason = excluded.siting_reason, published_location =
    excluded.published_location

-- name: registry_all_contracts
SELECT contract_id, vendor, number, confidentiality_agreement, data_security_duty,
    intellectual_property, maintenance_duty, valid_from_ms, valid_to_ms
FROM contracts ORDER BY contract_id

-- name: registry_put_contracts
INSERT INTO contracts SELECT * FROM jsonb_populate_recordset(NULL::contracts, %(rows)s)
ON CONFLICT (contract_id) DO UPDATE SET vendor = excluded.vendor, number = excluded.number,
    confidentiality_agreement = excluded.confidentiality_agreement, data_security_duty =
    excluded.data_security_duty, intellectual_property = excluded.intellectual_property,
    maintenance_duty = excluded.maintenance_duty, valid_from_ms = excluded.valid_from_ms,
    valid_to_ms = excluded.valid_to_ms

-- name: registry_all_devices
SELECT device_id, kind, model, standard, contract_id, custodian, capabilities, installed_ms,
    removed_ms
FROM devices ORDER BY device_id

-- name: registry_put_devices
INSERT INTO devices SELECT * FROM jsonb_populate_recordset(NULL::devices, %(rows)s)
ON CONFLICT (device_id) DO UPDATE SET kind = excluded.kind, model = excluded.model, standard =
    excluded.standard, contract_id = excluded.contract_id, custodian = excluded.custodian,
    capabilities = excluded.capabilities, installed_ms = excluded.installed_ms, removed_ms =
    excluded.removed_ms

-- name: registry_all_placements
SELECT placement_id, device_id, point_id, from_ms, to_ms
FROM placements ORDER BY placement_id

-- name: registry_put_placements
INSERT INTO placements SELECT * FROM jsonb_populate_recordset(NULL::placements, %(rows)s)
ON CONFLICT (placement_id) DO UPDATE SET device_id = excluded.device_id, point_id =
    excluded.point_id, from_ms = excluded.from_ms, to_ms = excluded.to_ms

-- name: registry_all_series
SELECT series_id, placement_id, quantity, unit, interval_s, resolution
FROM series ORDER BY series_id

-- name: registry_put_series
INSERT INTO series SELECT * FROM jsonb_populate_recordset(NULL::series, %(rows)s)
ON CONFLICT (series_id) DO UPDATE SET placement_id = excluded.placement_id, quantity =
    excluded.quantity, unit = excluded.unit, interval_s = excluded.interval_s, resolution =
    excluded.resolution

-- name: registry_all_zones
SELECT zone_id, placement_id, kind, polygon, crowd_limit, active
FROM zones ORDER BY zone_id

-- name: registry_put_zones
INSERT INTO zones SELECT * FROM jsonb_populate_recordset(NULL::zones, %(rows)s)
ON CONFLICT (zone_id) DO UPDATE SET placement_id = excluded.placement_id, kind = excluded.kind,
    polygon = excluded.polygon, crowd_limit = excluded.crowd_limit, active = excluded.active

-- name: registry_all_privacy_masks
SELECT mask_id, placement_id, polygon, why, masked_by_camera, valid_from_ms, valid_to_ms
FROM privacy_masks ORDER BY mask_id

-- name: registry_put_privacy_masks
INSERT INTO privacy_masks SELECT * FROM jsonb_populate_recordset(NULL::privacy_masks, %(rows)s)
ON CONFLICT (mask_id) DO UPDATE SET placement_id = excluded.placement_id, polygon =
    excluded.polygon, why = excluded.why, masked_by_camera = excluded.masked_by_camera,
    valid_from_ms = excluded.valid_from_ms, valid_to_ms = excluded.valid_to_ms

-- name: registry_all_documents
SELECT document_id, device_id, kind, number, issued_by, signed_by, valid_from_ms, valid_to_ms,
    clock_offset_ms
FROM documents ORDER BY document_id

-- name: registry_put_documents
INSERT INTO documents SELECT * FROM jsonb_populate_recordset(NULL::documents, %(rows)s)
ON CONFLICT (document_id) DO UPDATE SET device_id = excluded.device_id, kind = excluded.kind,
    number = excluded.number, issued_by = excluded.issued_by, signed_by = excluded.signed_by,
    valid_from_ms = excluded.valid_from_ms, valid_to_ms = excluded.valid_to_ms, clock_offset_ms =
    excluded.clock_offset_ms

-- name: registry_all_maintenance
SELECT maintenance_id, device_id, from_ms, to_ms, why
FROM maintenance ORDER BY maintenance_id

-- name: registry_put_maintenance
INSERT INTO maintenance SELECT * FROM jsonb_populate_recordset(NULL::maintenance, %(rows)s)
ON CONFLICT (maintenance_id) DO UPDATE SET device_id = excluded.device_id, from_ms =
    excluded.from_ms, to_ms = excluded.to_ms, why = excluded.why

-- name: registry_all_damages
SELECT damage_id, device_id, at_ms, restored_ms, what, by_whom, compensation
FROM damages ORDER BY damage_id

-- name: registry_put_damages
INSERT INTO damages SELECT * FROM jsonb_populate_recordset(NULL::damages, %(rows)s)
ON CONFLICT (damage_id) DO UPDATE SET device_id = excluded.device_id, at_ms = excluded.at_ms,
    restored_ms = excluded.restored_ms, what = excluded.what, by_whom = excluded.by_whom,
    compensation = excluded.compensation

-- name: registry_all_site_keys
SELECT key_sha256, site_id, valid_from_ms, valid_to_ms
FROM site_keys ORDER BY key_sha256

-- name: registry_put_site_keys
INSERT INTO site_keys SELECT * FROM jsonb_populate_recordset(NULL::site_keys, %(rows)s)
ON CONFLICT (key_sha256) DO UPDATE SET site_id = excluded.site_id, valid_from_ms =
    excluded.valid_from_ms, valid_to_ms = excluded.valid_to_ms

-- name: registry_all_device_keys
SELECT key_sha256, device_id, valid_from_ms, valid_to_ms
FROM device_keys ORDER BY key_sha256

-- name: registry_put_device_keys
INSERT INTO device_keys SELECT * FROM jsonb_populate_recordset(NULL::device_keys, %(rows)s)
ON CONFLICT (key_sha256) DO UPDATE SET device_id = excluded.device_id, valid_from_ms =
    excluded.valid_from_ms, valid_to_ms = excluded.valid_to_ms

-- name: registry_all_hj212_stations
SELECT mn, valid_from_ms, password_sha256, device_id, valid_to_ms
FROM hj212_stations ORDER BY mn, valid_from_ms

-- name: registry_put_hj212_stations
INSERT INTO hj212_stations SELECT * FROM jsonb_populate_recordset(NULL::hj212_stations, %(rows)s)
ON CONFLICT (mn, valid_from_ms) DO UPDATE SET password_sha256 = excluded.password_sha256,
    device_id = excluded.device_id, valid_to_ms = excluded.valid_to_ms

-- name: registry_put_view
INSERT INTO reference_views (camera_id, from_ms, picture, sha256, signed_by, signed_ms, key_id,
    signature)
VALUES (%(camera_id)s, %(from_ms)s, %(picture)s, %(sha256)s, %(signed_by)s, %(signed_ms)s,
    %(key_id)s, %(signature)s)

-- name: registry_views
SELECT camera_id, from_ms, sha256, signed_by, signed_ms, key_id, signature
FROM reference_views ORDER BY camera_id, from_ms

-- name: registry_view_pictures
SELECT sha256, picture FROM reference_views 
WHERE sha256 IN (SELECT jsonb_array_elements_text(%(digests)s))

-- name: registry_view_holders
SELECT (SELECT kind FROM devices WHERE device_id = %(camera_id)s) AS device_kind,
    (SELECT role FROM officers WHERE officer_id = %(officer_id)s) AS role,
    (SELECT max(from_ms) FROM reference_views WHERE camera_id = %(camera_id)s) AS last_ms
