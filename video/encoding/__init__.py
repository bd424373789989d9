"""Choice, configuration and trial of the encoder of a clip."""
