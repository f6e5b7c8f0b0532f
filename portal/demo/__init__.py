"""Fictional agencies, people and history for demonstrations, tests and benchmarks."""
