"""Measures what an S3 store really does, feature by feature, and tells it with evidence."""
