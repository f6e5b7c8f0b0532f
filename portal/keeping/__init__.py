"""How long records are kept; review, erasure, and a person’s own copy."""
