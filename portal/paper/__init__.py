"""PDFs: words as JSON, set by Typst in a process of its own (docs/decisions/0010-pdf.md)."""
