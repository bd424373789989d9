"""Export of a generator to the formats of other runtimes, each verified by its own runtime."""
