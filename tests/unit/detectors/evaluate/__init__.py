"""Tests of scoring on labelled data."""
