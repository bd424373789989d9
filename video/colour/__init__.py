"""Between stored numbers and the pictures that a network sees: code points, YUV, HDR, tone mapping."""
