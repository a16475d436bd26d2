"""The conformance kit: suites that tell the author of a provider when it is done."""
