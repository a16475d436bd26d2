"""Finding out what a store really does, by trying it on scratch objects."""
