"""What a run is told: strict YAML in, every key checked, the resolved YAML out."""
