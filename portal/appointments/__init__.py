"""Appointments: offered, kept, missed, moved; the worker's day; calendar files."""
