"""Read, translate and write at once, in batches, within the memory there is."""
