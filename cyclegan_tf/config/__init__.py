"""The configuration of a run: strict YAML in, every key checked, the resolved YAML out."""
