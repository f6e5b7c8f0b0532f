"""Files of rows, CSV or Excel: read within bounds, written without live formulas, faults named by line and column."""
