"""Pure array functions: exact sums, elementary functions, row sums, labels. No state, no I/O."""
