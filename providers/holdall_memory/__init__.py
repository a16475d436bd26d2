"""The memory provider of holdall."""
