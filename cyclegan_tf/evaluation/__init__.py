"""The measures of a model folder over a data set; the command `evaluate`."""
