"""Every stream that is not translated: planned, copied or converted, and brought into the result."""
