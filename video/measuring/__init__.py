"""Two clips beside each other: how much the one flickers beyond the other, and how sharp it is."""
