"""Clips and pictures on a Ray cluster: workers that hold the model, and what is sent to them."""
