"""Every error a user can cause or meet, each with its exit code."""


class CycleGANError(Exception):
    """An error that is explained to the user instead of shown as a traceback.

    Args:
        what: what happened and where; a path belongs at its end.
        detail: what was expected and what was found.
        fix: what the user can do.
    """

    exit_code = 1

    def __init__(self, what: str, *, detail: str = "", fix: str = ""):
        self.what, self.detail, self.fix = what, detail, fix
        lines = (f"error: {what}", detail, f"fix: {fix}" if fix else "")
        super().__init__("\n".join(line for line in lines if line))


class UsageError(CycleGANError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class ConfigError(CycleGANError):
    """A configuration that cannot be read or is out of range."""

    exit_code = 3


class DataError(CycleGANError):
    """Pictures that are missing, broken or too small."""

    exit_code = 4


class ModelError(CycleGANError):
    """A model, checkpoint or export that is missing, damaged or of another kind."""

    exit_code = 5


class OutputError(CycleGANError):
    """An output that exists, cannot be written, or does not fit on the disk."""

    exit_code = 6


class DivergedError(CycleGANError):
    """Losses or outputs that are no longer finite."""

    exit_code = 7


class MachineError(CycleGANError):
    """Too little memory, or a device that is not there."""

    exit_code = 8


class Interrupted(BaseException):
    """A run that was told to stop and has saved its state.

    Args:
        what: what happened, and how to go on.
        exit_code: 130 after Ctrl-C, 143 after SIGTERM.
    """

    def __init__(self, what: str, exit_code: int):
        super().__init__(what)
        self.exit_code = exit_code
