"""Measures the whole system over HTTP beside the database alone (docs/benchmarks.md)."""
