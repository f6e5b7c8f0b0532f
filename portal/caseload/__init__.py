"""Work within an agency: who works on what, who is away, who is next, who waits."""
