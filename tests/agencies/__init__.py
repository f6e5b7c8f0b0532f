"""Tests of the directory: areas, agencies, services."""
