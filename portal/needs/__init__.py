"""Who is on IOM in an area, what they need, and how far these needs are met."""
