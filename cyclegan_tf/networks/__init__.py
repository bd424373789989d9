"""Layers, generators and discriminators, and tables that describe them before they are built."""
