"""Draws charts with Altair and Vega, in a process of its own: nothing here imports the portal, see loop.py."""
