"""What is in memory already, one library a file."""
