"""Motion from one frame to the next: optical flow, and where it breaks because a new shot begins."""
