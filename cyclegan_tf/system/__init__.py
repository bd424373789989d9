"""The machine: memory, progress on a terminal, TensorFlow without log noise."""
