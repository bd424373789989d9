"""Pages of HTML about runs and clips, each one file that opens without a server. Needs no TensorFlow."""
