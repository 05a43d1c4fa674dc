"""The demonstration, and the data that ships with it."""
