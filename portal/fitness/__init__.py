"""Whether an installation is fit for production: findings, each with what to do about it."""
