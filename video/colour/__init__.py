"""Conversion between stored frames and the pictures that a network sees: YUV, HDR, tone mapping."""
