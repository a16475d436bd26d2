"""The tests. A package, so that tests and the processes they spawn import shared parts as `tests.…`."""
