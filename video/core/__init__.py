"""What every part of this package, and cyclegan_tf, stands on: errors, options, frames and times."""
