-- name: log_wait
INSERT INTO log_pending (leaves) VALUES (%(leaves)s)
