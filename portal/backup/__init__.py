"""The whole portal in one file, and back: the format of the file, making it, restoring it, and what follows a restore."""
