"""A holdall store in one SQLite file."""
