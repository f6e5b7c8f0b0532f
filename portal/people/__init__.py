"""The register: people on IOM, their cohort spells and needs."""
