"""Market rules, one a file: who receives which model, and who pays whom."""
