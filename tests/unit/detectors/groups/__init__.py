"""Rules over groups: cases, chopping, arithmetic."""
