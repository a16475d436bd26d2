"""One storage interface for Python; any store behind it."""
