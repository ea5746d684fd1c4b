"""The one door to PyAV: reads, records, cuts and transcodes footage. Knows no rules, no storage."""
