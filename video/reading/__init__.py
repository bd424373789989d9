"""Reading of clips: opening, demuxing, decoding to upright frames with their PTS."""
