"""The base class of every error that is explained to the user, and the errors of a clip, with exit codes."""


class UserError(Exception):
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

    def __reduce__(self) -> tuple:
        # The text is made of the arguments, so a copy in another process is not made of the text.
        return _copied, (type(self), self.args, self.__dict__)


def _copied(kind: type[UserError], args: tuple, fields: dict) -> UserError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class UsageError(UserError):
    """A call or command that cannot be carried out: an unknown suffix, a URL, a batch of zero."""

    exit_code = 2


class MediaError(UserError):
    """A clip that is missing, damaged, too large, or not a video at all."""

    exit_code = 4


class OutputError(UserError):
    """An output that exists, cannot be written, does not fit on the disk, or came out wrong."""

    exit_code = 6


class TranslationError(UserError):
    """A callable that returned something other than translated frames."""

    exit_code = 7


class MachineError(UserError):
    """A lack of this machine: memory, a device, or an encoder in its libraries."""

    exit_code = 8


class FrameError(Exception):
    """The error that a callable raises when one picture of its batch went wrong.

    Args:
        place: the picture's place in the batch, from 0.
        why: what is wrong with it, as "its values are not finite".
    """

    def __init__(self, place: int, why: str):
        super().__init__(why)
        self.place, self.why = place, why
