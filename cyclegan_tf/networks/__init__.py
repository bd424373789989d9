"""Layers, generators and discriminators, and what is known of them without building them."""
