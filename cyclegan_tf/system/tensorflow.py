"""TensorFlow without its log messages at the start."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from types import ModuleType

from cyclegan_tf.errors import UserError


def import_tensorflow(*, find_devices: bool = True) -> ModuleType:
    """Import TensorFlow and find its devices; hold back what its libraries write to stderr.

    The environment variable alone does not do it: some lines are written before it is looked at. If the
    import fails, all that was held back is shown.

    Args:
        find_devices: start them, after which they cannot be chosen; or look only which the machine has.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with native_stderr_held_back():
        import tensorflow as tf

        tf.config.list_logical_devices() if find_devices else tf.config.list_physical_devices()
    return tf


@contextlib.contextmanager
def native_stderr_held_back() -> Iterator[None]:
    """Hold back what is written to stderr, also by C++; all of it is shown if the block fails."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        kept = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except UserError:
            # It says by itself what happened, which hundreds of lines would hide.
            raise
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
