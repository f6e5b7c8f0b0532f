"""Who has access and who leaves: what a leaver's work is and whom it goes to, and reviews of access."""
