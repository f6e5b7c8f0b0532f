"""What agencies promised IOM, dated and signed by both sides; and what their ordinary clients wait."""
