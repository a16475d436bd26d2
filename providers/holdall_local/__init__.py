"""The local provider of holdall."""
