"""Content-addressed, write-once objects: in a folder, or in S3 under object lock."""
