"""Pictures as files: found, judged, decoded and written."""
