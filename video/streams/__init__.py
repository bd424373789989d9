"""Streams that are not translated: plans for them, stream copy, transcoding and metadata."""
