"""The first page of each role: what needs me now."""
