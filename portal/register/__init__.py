"""The register from extracts: their files, pairing, and where each fact comes from."""
