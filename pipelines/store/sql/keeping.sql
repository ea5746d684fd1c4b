-- name: keeping_removed
SELECT DISTINCT ON (r.sha256) r.sha256, r.certificate_id, r.at_ms, r.basis
FROM keeping_removals r
WHERE NOT EXISTS (
    SELECT FROM evidence_objects o
    WHERE o.sha256 = r.sha256 AND NOT EXISTS (
        SELECT FROM keeping_certificates c WHERE c.kind = 'evidence' AND c.item_id = o.evidence_id))
ORDER BY r.sha256, r.at_ms DESC
