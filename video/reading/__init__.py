"""What is in a clip, and its frames: found out, decoded, upright, each at its own time."""
