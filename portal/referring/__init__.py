"""The officer’s journey: a person’s page, and referring that person to a service."""
