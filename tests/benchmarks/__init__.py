"""Benchmarks, each beside its ceiling in the same run: ``python -m tests.benchmarks``."""
