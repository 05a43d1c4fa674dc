"""What a column is here, and the values of its rows: arrays, masked arrays, words."""
