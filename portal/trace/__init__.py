"""What the access log tells: is it whole, who read what, and what looks unusual."""
