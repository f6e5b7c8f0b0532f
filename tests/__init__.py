"""Tests mirror the rooms of `portal`; factories.py makes real rows."""

from datetime import date

# The day on which the calendar of the tests was loaded.
TODAY = date(2026, 11, 23)
