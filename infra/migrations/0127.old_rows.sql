-- depends: 0119.alert_holds 0123.notices 0124.clocks 0125.cases
-- What was sent before tries were recorded is not due again: it kept the moment of its last try.
UPDATE notices n SET next_try_ms = 0 WHERE n.state = 'sent' AND n.next_try_ms > 0
    AND NOT EXISTS (SELECT FROM notice_attempts t WHERE t.notice_id = n.notice_id);
-- What the background looks for every two seconds: few rows, however many were held before.
CREATE INDEX alerts_lasting_held ON alerts (detected_ms, alert_id)
    WHERE held_by <> '' AND state IN ('sealing', 'held') AND NOT staged AND end_ms IS NULL;
CREATE INDEX notices_held ON notices (alert_id) WHERE state = 'held';
