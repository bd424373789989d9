"""The foundation of this package and of cyclegan_tf: errors, options, files, frames and times."""
