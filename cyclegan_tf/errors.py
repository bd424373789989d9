"""Every error a user can cause or meet, each with its exit code; some are the same as in `video`."""

from video.core.errors import MachineError, OutputError, UsageError, UserError

__all__ = [
    "ConfigError",
    "DataError",
    "DivergedError",
    "Interrupted",
    "LostHostError",
    "MachineError",
    "ModelError",
    "OutputError",
    "UsageError",
    "UserError",
]


class ConfigError(UserError):
    """A configuration that cannot be read or is out of range."""

    exit_code = 3


class DataError(UserError):
    """Pictures that are missing, broken or too small."""

    exit_code = 4


class ModelError(UserError):
    """A model, checkpoint or export that is missing, damaged or of another kind."""

    exit_code = 5


class DivergedError(UserError):
    """Losses or outputs that are no longer finite."""

    exit_code = 7


class LostHostError(MachineError):
    """Another host of a training that is gone. The process must end at once: TensorFlow would wait for it."""


class Interrupted(BaseException):
    """A run that was told to stop and has saved its state.

    It is not a UserError: what catches those to go on with the next input must not catch this.

    Args:
        what: what happened, and how to resume.
        exit_code: 128 and the signal's number: 130 after Ctrl-C, 143 after SIGTERM.
    """

    def __init__(self, what: str, exit_code: int):
        super().__init__(what)
        self.exit_code = exit_code
