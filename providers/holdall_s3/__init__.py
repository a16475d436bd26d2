"""The s3 provider of holdall."""
