"""The suites, one module per subject."""
