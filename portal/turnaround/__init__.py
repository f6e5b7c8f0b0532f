"""How soon agencies answer: day counts from SQL, estimators, and the pages and files that show them."""
