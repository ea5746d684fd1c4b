-- name: exports_parties
SELECT p.party_id, p.uscc, p.name_zh, p.name_en, p.district_id, d.name_zh AS district_zh
FROM parties p JOIN districts d USING (district_id) ORDER BY p.party_id

-- name: exports_movements
SELECT party_id, kind, alert_id, points, at_ms FROM credit_movements
WHERE at_ms <= %(as_of_ms)s::bigint ORDER BY party_id, at_ms, movement_id
