"""Chase, advocate, escalate: what IOM did to get an answer, who answered, and what it changed."""
