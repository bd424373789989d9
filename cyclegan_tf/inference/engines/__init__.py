"""Engines that compute a translation: TensorFlow and OpenVINO, in several number formats."""
