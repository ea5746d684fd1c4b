"""Risk of alerts and credit of parties: both come apart into named contributions."""
