"""Configuration: what a store's settings are, where they come from, and which value won."""
