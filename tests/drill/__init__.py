"""The crash drill, short, and whether it finds what is planted for it."""
