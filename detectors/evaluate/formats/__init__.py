"""Readers of the three formats: a file each, from a folder to ``Labelled``."""
