-- name: registry_series
SELECT s.series_id, s.device_id, t.party_id, t.site_id, t.kind AS site_kind, d.place, s.quantity,
    s.unit, s.interval_s, s.resolution, t.hours
FROM series s JOIN devices d USING (device_id) JOIN sites t USING (site_id)
ORDER BY s.series_id

-- name: registry_cameras
SELECT d.device_id AS camera_id, t.party_id, t.site_id, t.kind AS site_kind, d.place, t.hours
FROM devices d JOIN sites t USING (site_id)
WHERE d.kind = 'camera'

-- name: registry_zones
SELECT zone_id, device_id, kind, polygon, crowd_limit AS "limit", active FROM zones

-- name: registry_documents
SELECT document_id, device_id, kind, number, issued_by, valid_from_ms, valid_to_ms, clock_offset_ms
FROM documents

-- name: registry_gateway
SELECT site_id FROM sites WHERE gateway_key_sha256 = %(key_sha256)s

-- name: registry_add_district
INSERT INTO districts VALUES (%(district_id)s, %(name_zh)s, %(name_en)s)

-- name: registry_add_party
INSERT INTO parties VALUES
    (%(party_id)s, %(district_id)s, %(uscc)s, %(name_zh)s, %(name_en)s, %(service_email)s)

-- name: registry_add_site
INSERT INTO sites VALUES
    (%(site_id)s, %(party_id)s, %(kind)s, %(name_zh)s, %(name_en)s, %(hours)s, %(gateway_key_sha256)s)

-- name: registry_add_device
INSERT INTO devices VALUES (%(device_id)s, %(site_id)s, %(kind)s, %(place)s, %(place_zh)s,
    %(place_en)s, %(model)s, %(siting_reason)s)

-- name: registry_add_series
INSERT INTO series VALUES
    (%(series_id)s, %(device_id)s, %(quantity)s, %(unit)s, %(interval_s)s, %(resolution)s)

-- name: registry_add_zone
INSERT INTO zones VALUES
    (%(zone_id)s, %(device_id)s, %(kind)s, %(polygon)s, %(crowd_limit)s, %(active)s)

-- name: registry_add_document
INSERT INTO documents VALUES (%(document_id)s, %(device_id)s, %(kind)s, %(number)s, %(issued_by)s,
    %(valid_from_ms)s, %(valid_to_ms)s, %(clock_offset_ms)s)

-- name: registry_add_officer
INSERT INTO officers VALUES
    (%(officer_id)s, %(name_zh)s, %(name_en)s, %(role)s, %(password_hash)s)
