"""Which encoder writes a clip, how it is told what to do, and how it is tried before any work."""
