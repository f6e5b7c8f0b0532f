"""Reviews of people on IOM: which fall due, and the review itself."""
