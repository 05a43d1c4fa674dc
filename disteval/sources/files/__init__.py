"""What is in files, one format a file; which files are meant, and how they pair."""
