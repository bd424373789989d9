"""The files of other programs as named arrays, read without those programs and without trust."""
