"""Folders that hold trained models: the model folder and the run folder."""
