"""From a configuration to a run folder: the step, what happens beside it, and going on."""
