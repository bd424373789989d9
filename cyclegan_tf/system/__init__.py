"""What this program asks of the machine: memory, progress on a terminal, TensorFlow without noise."""
