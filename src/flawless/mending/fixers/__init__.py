"""One file for each fix, found by its FIXER."""
