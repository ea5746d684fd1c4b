"""Tests of the early warnings."""
