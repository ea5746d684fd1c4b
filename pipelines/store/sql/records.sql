-- name: records_put
INSERT INTO records (record_id, unit_id, start_ms, end_ms, imported_ms, party_id, matter, act, place,
    device_id, case_id, session_id, secrecy, imported_by, due_ms, delay_approved_by, delay_reason,
    examination, checklist)
VALUES (%(record_id)s, %(unit_id)s, %(start_ms)s, %(end_ms)s, %(imported_ms)s, %(party_id)s,
    %(matter)s, %(act)s, %(place)s, %(device_id)s, %(case_id)s, %(session_id)s, %(secrecy)s,
    %(imported_by)s, %(due_ms)s, %(delay_approved_by)s, %(delay_reason)s, %(examination)s,
    %(checklist)s)
ON CONFLICT (record_id) DO NOTHING

-- name: records_put_officer
INSERT INTO record_officers (record_id, officer_id) VALUES (%(record_id)s, %(officer_id)s)

-- name: records_put_object
INSERT INTO record_objects (record_id, role, name, sha256, sm3, size_bytes, media_type)
VALUES (%(record_id)s, 'record', %(file)s, %(sha256)s, %(sm3)s, %(size_bytes)s, %(media_type)s)

-- name: records_put_finding
INSERT INTO record_findings (record_id, number, code, severity, at_s, measured, text_zh, text_en)
VALUES (%(record_id)s, %(number)s, %(code)s, %(severity)s, %(at_s)s, %(measured)s, %(zh)s, %(en)s)

-- name: records_known
SELECT record_id, start_ms, end_ms, imported_ms, due_ms, session_id FROM records
WHERE record_id = %(record_id)s

-- name: records_officers_known
SELECT officer_id, role, unit_id FROM officers WHERE officer_id IN (SELECT jsonb_array_elements_text(%(officers)s))

-- name: records_device_known
SELECT device_id, kind, removed_ms FROM devices WHERE device_id = %(device_id)s

-- name: records_party_known
SELECT party_id FROM parties WHERE party_id = %(party_id)s

-- name: records_unit_known
SELECT unit_id FROM units WHERE unit_id = %(unit_id)s

-- name: records_fingerprints
SELECT examination -> 'fingerprint' AS fingerprint FROM records
WHERE device_id = %(device_id)s AND record_id <> %(record_id)s ORDER BY imported_ms DESC LIMIT 20

-- name: records_device_holder
SELECT kind, officer_id FROM recorder_events
WHERE device_id = %(device_id)s AND at_ms <= %(at_ms)s AND kind IN ('issue', 'return')
ORDER BY at_ms DESC LIMIT 1

-- name: records_one
SELECT r.*, u.name_zh AS unit_zh, u.name_en AS unit_en, p.name_zh AS party_zh,
    p.name_en AS party_en, d.model,
    o.officers, o.officers_zh, o.officers_en
FROM records r JOIN units u USING (unit_id) JOIN devices d USING (device_id)
    LEFT JOIN parties p USING (party_id)
    LEFT JOIN LATERAL (SELECT array_agg(officer_id ORDER BY officer_id) AS officers,
            string_agg(name_zh, '、' ORDER BY officer_id) AS officers_zh,
            string_agg(name_en, ', ' ORDER BY officer_id) AS officers_en
        FROM record_officers x JOIN officers USING (officer_id)
        WHERE x.record_id = r.record_id) o ON true
WHERE r.record_id = %(record_id)s

-- name: records_list
SELECT r.record_id, r.unit_id, r.start_ms, r.end_ms, r.imported_ms, r.due_ms, r.act, r.matter,
    r.place, r.device_id, r.case_id, r.session_id, r.secrecy, r.party_id,
    u.name_zh AS unit_zh, u.name_en AS unit_en, p.name_zh AS party_zh, p.name_en AS party_en,
    o.officers, o.officers_zh, o.officers_en, coalesce(f.high, 0) AS high, coalesce(f.medium, 0) AS medium
FROM records r JOIN units u USING (unit_id) LEFT JOIN parties p USING (party_id)
    LEFT JOIN LATERAL (SELECT array_agg(officer_id ORDER BY officer_id) AS officers,
            string_agg(name_zh, '、' ORDER BY officer_id) AS officers_zh,
            string_agg(name_en, ', ' ORDER BY officer_id) AS officers_en
        FROM record_officers x JOIN officers USING (officer_id)
        WHERE x.record_id = r.record_id) o ON true
    LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE severity = 'high') AS high,
            count(*) FILTER (WHERE severity = 'medium') AS medium
        FROM record_findings x WHERE x.record_id = r.record_id) f ON true
WHERE r.start_ms >= %(from_ms)s AND r.start_ms < %(to_ms)s
    AND (%(unit_id)s::text IS NULL OR r.unit_id = %(unit_id)s)
    AND (%(officer_id)s::text IS NULL OR %(officer_id)s = ANY(o.officers))
    AND (%(act)s = '' OR r.act = %(act)s)
    AND (%(search)s = '' OR concat_ws(' ', r.matter, r.place, r.case_id, r.device_id, p.name_zh,
        p.name_en) ILIKE %(search)s)
    AND CASE %(only)s WHEN 'findings' THEN coalesce(f.high, 0) + coalesce(f.medium, 0) > 0
        WHEN 'late' THEN r.imported_ms > r.due_ms ELSE true END
ORDER BY r.start_ms DESC, r.record_id LIMIT %(most)s

-- name: records_findings
SELECT number, code, severity, at_s, measured, text_zh, text_en FROM record_findings
WHERE record_id = %(record_id)s ORDER BY number

-- name: records_objects
SELECT role, name, sha256, sm3, size_bytes, media_type FROM record_objects
WHERE record_id = %(record_id)s ORDER BY role, name

-- name: records_session
SELECT record_id, start_ms, end_ms, examination -> 'pauses' AS pauses, act, place, device_id
FROM records WHERE session_id = %(session_id)s ORDER BY start_ms, record_id

-- name: records_interruptions
SELECT session_id, start_ms, end_ms, reason, explained_aloud, note, stated_by, stated_ms
FROM record_interruptions WHERE session_id = %(session_id)s ORDER BY start_ms

-- name: records_interrupt
INSERT INTO record_interruptions (session_id, start_ms, end_ms, reason, explained_aloud, note,
    stated_by, stated_ms)
VALUES (%(session_id)s, %(start_ms)s, %(end_ms)s, %(reason)s, %(explained_aloud)s, %(note)s,
    %(stated_by)s, %(stated_ms)s)
ON CONFLICT (session_id, start_ms) DO NOTHING

-- name: records_leaf
SELECT leaf_index, kind, at_ms FROM log_leaves WHERE subject = %(record_id)s ORDER BY leaf_index

-- name: records_put_act
INSERT INTO acts (act_id, unit_id, kind, party_id, start_ms, end_ms, matter, place, case_id,
    unrecorded_reason, added_by, added_ms)
VALUES (%(act_id)s, %(unit_id)s, %(kind)s, %(party_id)s, %(start_ms)s, %(end_ms)s, %(matter)s,
    %(place)s, %(case_id)s, %(unrecorded_reason)s, %(added_by)s, %(added_ms)s)
ON CONFLICT (act_id) DO NOTHING

-- name: records_put_act_officer
INSERT INTO act_officers (act_id, officer_id) VALUES (%(act_id)s, %(officer_id)s)
ON CONFLICT DO NOTHING

-- name: records_put_act_use
INSERT INTO act_uses (act_id, use, at_ms, note, noted_by)
VALUES (%(act_id)s, %(use)s, %(at_ms)s, %(note)s, %(noted_by)s) ON CONFLICT DO NOTHING

-- name: records_act_known
SELECT act_id FROM acts WHERE act_id = %(act_id)s

-- name: records_acts
SELECT a.act_id, a.unit_id, a.kind, a.party_id, a.start_ms, a.end_ms, a.matter, a.place, a.case_id,
    a.unrecorded_reason,
    (SELECT array_agg(officer_id ORDER BY officer_id) FROM act_officers o
        WHERE o.act_id = a.act_id) AS officers
FROM acts a
WHERE a.start_ms >= %(from_ms)s AND a.start_ms < %(to_ms)s
    AND (%(unit_id)s::text IS NULL OR a.unit_id = %(unit_id)s)
ORDER BY a.start_ms, a.act_id

-- name: records_spans
SELECT r.record_id, r.unit_id, r.start_ms, r.end_ms, r.imported_ms, r.due_ms, r.party_id, r.act,
    r.case_id, r.session_id, r.device_id, r.delay_approved_by, r.checklist,
    r.examination -> 'pauses' AS pauses,
    (SELECT array_agg(officer_id ORDER BY officer_id) FROM record_officers o
        WHERE o.record_id = r.record_id) AS officers,
    ARRAY(SELECT f.code FROM record_findings f WHERE f.record_id = r.record_id
        AND f.severity IN ('high', 'medium') ORDER BY f.number) AS codes
FROM records r
WHERE r.end_ms >= %(from_ms)s AND r.start_ms < %(to_ms)s
    AND (%(unit_id)s::text IS NULL OR r.unit_id = %(unit_id)s)
ORDER BY r.start_ms, r.record_id

-- name: records_all_interruptions
SELECT session_id, start_ms, end_ms, reason, explained_aloud, note, stated_by, stated_ms
FROM record_interruptions WHERE start_ms >= %(from_ms)s AND start_ms < %(to_ms)s

-- name: records_uses
SELECT a.unit_id, u.act_id, u.use, u.at_ms, u.note FROM act_uses u JOIN acts a USING (act_id)
WHERE u.at_ms >= %(from_ms)s AND u.at_ms < %(to_ms)s
    AND (%(unit_id)s::text IS NULL OR a.unit_id = %(unit_id)s)
ORDER BY u.at_ms

-- name: records_add_device
INSERT INTO devices (device_id, kind, model, standard, custodian, capabilities, installed_ms)
VALUES (%(device_id)s, 'recorder', %(model)s, %(standard)s, %(custodian)s, %(capabilities)s, %(now_ms)s)
ON CONFLICT (device_id) DO NOTHING

-- name: records_add_recorder
INSERT INTO recorders (device_id, unit_id, taxon, purpose, room_id)
VALUES (%(device_id)s, %(unit_id)s, %(taxon)s, %(purpose)s, %(room_id)s)
ON CONFLICT (device_id) DO NOTHING

-- name: records_put_room
INSERT INTO hearing_rooms (room_id, unit_id, kind, name_zh, name_en)
VALUES (%(room_id)s, %(unit_id)s, %(kind)s, %(name_zh)s, %(name_en)s)
ON CONFLICT (room_id) DO UPDATE SET unit_id = excluded.unit_id, kind = excluded.kind,
    name_zh = excluded.name_zh, name_en = excluded.name_en

-- name: records_room_known
SELECT room_id FROM hearing_rooms WHERE room_id = %(room_id)s

-- name: records_recorders
SELECT d.device_id, d.model, d.standard, d.custodian, d.capabilities, r.unit_id, r.taxon, r.purpose,
    r.room_id, e.kind AS last_event, e.officer_id AS last_officer, e.at_ms AS last_ms,
    k.at_ms AS checked_ms, k.clock_offset_ms, k.works
FROM recorders r JOIN devices d USING (device_id)
    LEFT JOIN LATERAL (SELECT kind, officer_id, at_ms FROM recorder_events x
        WHERE x.device_id = d.device_id AND x.kind IN ('issue', 'return')
        ORDER BY at_ms DESC LIMIT 1) e ON true
    LEFT JOIN LATERAL (SELECT at_ms, clock_offset_ms, works FROM recorder_events x
        WHERE x.device_id = d.device_id AND x.kind IN ('return', 'check')
        ORDER BY at_ms DESC LIMIT 1) k ON true
WHERE d.removed_ms IS NULL OR d.removed_ms > %(now_ms)s
ORDER BY r.unit_id, d.device_id

-- name: records_recorder_known
SELECT r.device_id, r.unit_id, e.kind AS last_event, e.officer_id AS last_officer, e.at_ms AS last_ms
FROM recorders r
    LEFT JOIN LATERAL (SELECT kind, officer_id, at_ms FROM recorder_events x
        WHERE x.device_id = r.device_id AND x.kind IN ('issue', 'return')
        ORDER BY at_ms DESC LIMIT 1) e ON true
WHERE r.device_id = %(device_id)s FOR UPDATE OF r

-- name: records_put_event
INSERT INTO recorder_events (event_id, device_id, kind, officer_id, by_officer, at_ms,
    clock_offset_ms, works, note)
VALUES (%(event_id)s, %(device_id)s, %(kind)s, %(officer_id)s, %(by_officer)s, %(at_ms)s,
    %(clock_offset_ms)s, %(works)s, %(note)s)
ON CONFLICT (event_id) DO NOTHING

-- name: records_events
SELECT device_id, kind, officer_id, by_officer, at_ms, clock_offset_ms, works, note
FROM recorder_events WHERE device_id = %(device_id)s ORDER BY at_ms

-- name: records_custodian
UPDATE devices SET custodian = %(custodian)s WHERE device_id = %(device_id)s

-- name: records_units_equipped
SELECT u.unit_id, u.name_zh, u.name_en,
    (SELECT count(*) FROM officers o WHERE o.unit_id = u.unit_id AND o.role = 'officer') AS officers,
    (SELECT count(*) FROM recorders r JOIN devices d USING (device_id) WHERE r.unit_id = u.unit_id
        AND r.room_id IS NULL AND (d.removed_ms IS NULL OR d.removed_ms > %(now_ms)s)
        AND %(both)s::jsonb ? r.taxon) AS recorders
FROM units u ORDER BY u.unit_id

-- name: records_rooms
SELECT h.room_id, h.unit_id, h.kind, h.name_zh, h.name_en,
    (SELECT count(*) FROM recorders r JOIN devices d USING (device_id) WHERE r.room_id = h.room_id
        AND (d.removed_ms IS NULL OR d.removed_ms > %(now_ms)s)
        AND %(both)s::jsonb ? r.taxon) AS recorders
FROM hearing_rooms h ORDER BY h.room_id

-- name: records_put_letter
INSERT INTO responsibility_letters (officer_id, signed_ms, valid_to_ms, number)
VALUES (%(officer_id)s, %(signed_ms)s, %(valid_to_ms)s, %(number)s) ON CONFLICT DO NOTHING

-- name: records_letters
SELECT o.officer_id, o.unit_id, l.number, l.signed_ms, l.valid_to_ms
FROM officers o LEFT JOIN LATERAL (SELECT number, signed_ms, valid_to_ms
    FROM responsibility_letters x WHERE x.officer_id = o.officer_id AND x.signed_ms <= %(now_ms)s
        AND (x.valid_to_ms IS NULL OR x.valid_to_ms > %(now_ms)s)
    ORDER BY signed_ms DESC LIMIT 1) l ON true
WHERE o.role = 'archivist' ORDER BY o.officer_id

-- name: records_draw_known
SELECT draw_id, half, unit_id, seed, checkpoint, population_sha256, due_ms, drawn_by, drawn_ms
FROM spot_draws WHERE draw_id = %(draw_id)s

-- name: records_put_draw
INSERT INTO spot_draws (draw_id, half, unit_id, seed, checkpoint, population_sha256, population,
    due_ms, drawn_by, drawn_ms)
VALUES (%(draw_id)s, %(half)s, %(unit_id)s, %(seed)s, %(checkpoint)s, %(population_sha256)s,
    %(population)s, %(due_ms)s, %(drawn_by)s, %(drawn_ms)s)
ON CONFLICT (draw_id) DO NOTHING

-- name: records_put_check
INSERT INTO spot_checks (draw_id, number, kind, subject)
VALUES (%(draw_id)s, %(number)s, %(kind)s, %(subject)s)

-- name: records_checks
SELECT d.draw_id, d.half, d.unit_id, d.due_ms, d.seed, c.number, c.kind, c.subject, c.answers,
    c.answered_by, c.answered_ms
FROM spot_checks c JOIN spot_draws d USING (draw_id)
WHERE (%(half)s = '' OR d.half = %(half)s) AND (%(unit_id)s::text IS NULL OR d.unit_id = %(unit_id)s)
ORDER BY d.draw_id, c.number

-- name: records_check_known
SELECT c.kind, c.subject, c.answered_ms, d.unit_id FROM spot_checks c JOIN spot_draws d USING (draw_id)
WHERE c.draw_id = %(draw_id)s AND c.number = %(number)s FOR UPDATE OF c

-- name: records_answer
UPDATE spot_checks SET answers = %(answers)s, answered_by = %(answered_by)s,
    answered_ms = %(answered_ms)s
WHERE draw_id = %(draw_id)s AND number = %(number)s AND answered_ms IS NULL

-- name: records_checkpoint
SELECT tree_size, encode(root, 'hex') AS root FROM log_checkpoints ORDER BY tree_size DESC LIMIT 1

-- name: records_population
SELECT 'act' AS kind, act_id AS subject FROM acts
WHERE unit_id = %(unit_id)s AND start_ms >= %(from_ms)s AND start_ms < %(to_ms)s
UNION ALL
SELECT 'record', record_id FROM records
WHERE unit_id = %(unit_id)s AND start_ms >= %(from_ms)s AND start_ms < %(to_ms)s
UNION ALL
SELECT 'device', d.device_id FROM devices d WHERE d.installed_ms < %(to_ms)s
    AND (d.removed_ms IS NULL OR d.removed_ms > %(from_ms)s)
    AND (EXISTS (SELECT 1 FROM recorders r WHERE r.device_id = d.device_id
            AND r.unit_id = %(unit_id)s)
        OR EXISTS (SELECT 1 FROM placements p JOIN points t USING (point_id) JOIN sites s
            USING (site_id) WHERE p.device_id = d.device_id AND s.unit_id = %(unit_id)s))
ORDER BY 1, 2

-- name: records_put_violation
INSERT INTO record_violations (violation_id, record_id, act_id, kind, note, reported_by, at_ms)
VALUES (%(violation_id)s, %(record_id)s, %(act_id)s, %(kind)s, %(note)s, %(reported_by)s, %(at_ms)s)
ON CONFLICT DO NOTHING

-- name: records_violations
SELECT v.kind, v.record_id, v.act_id, v.note, v.reported_by, v.at_ms,
    coalesce(r.unit_id, a.unit_id) AS unit_id
FROM record_violations v LEFT JOIN records r USING (record_id) LEFT JOIN acts a
    ON a.act_id = v.act_id
WHERE v.at_ms >= %(from_ms)s AND v.at_ms < %(to_ms)s
    AND (%(unit_id)s::text IS NULL OR coalesce(r.unit_id, a.unit_id) = %(unit_id)s)
ORDER BY v.at_ms


-- name: records_owners
SELECT officer_id FROM record_officers WHERE record_id = %(subject)s
UNION SELECT officer_id FROM act_officers WHERE act_id = %(subject)s

-- name: records_names
SELECT unit_id AS id, name_zh, name_en FROM units
UNION ALL SELECT officer_id, name_zh, name_en FROM officers
