"""Candidate cases: what officers confirmed goes, with its evidence, to the case system."""
