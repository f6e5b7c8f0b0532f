"""The portal on several machines, tried on one: each is a network namespace. `make drill-nodes`; docs/operations.md."""
