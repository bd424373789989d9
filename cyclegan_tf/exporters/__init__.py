"""A generator in the formats of other runtimes, each proved by its own runtime."""
