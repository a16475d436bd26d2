"""Wrappers around a provider; each of them is a provider itself. ``stack.build`` puts them in order."""
