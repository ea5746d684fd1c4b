"""The site on which officers judge alerts. Reads the database; writes verdicts and the outbox."""
