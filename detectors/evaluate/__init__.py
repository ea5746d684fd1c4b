"""Scores the early warnings on labelled data in three formats, with the shipped thresholds."""
