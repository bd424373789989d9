"""Closed segments of a translation, and the verified file that is assembled from them."""
