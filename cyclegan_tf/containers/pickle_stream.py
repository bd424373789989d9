"""Pickled data read as data: numbers, texts, containers, and a fixed list of names.

`pickle` itself is not used, not even with a `find_class` of our own. That would still call whatever it was
given with whatever arguments, fetch classes from a process-wide registry (EXT1), set attributes of objects
(BUILD), and let four bytes allocate gigabytes (LONG_BINPUT). Here the standard library's disassembler, which
only splits the bytes, says what comes next, and a table says what it does to a stack. What is not in the
table is refused, and no object of another program is ever looked up, made or called.
"""

import io
import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cyclegan_tf.containers.stored import Damaged, Refused

# As empty containers, one to a byte, this makes a quarter of a gigabyte; a checkpoint has 10 to 200 kB.
MAX_PICKLE_BYTES = 2**22
_MAX_INTEGER_BITS = 80
_DAMAGED = (ValueError, IndexError, KeyError, TypeError, OverflowError)
_IGNORED = {"PROTO", "FRAME", "STOP"}
_PUSHED = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}


@dataclass(frozen=True)
class Name:
    """A name that may stand in a pickle.

    Attributes:
        text: module and name.
        build: what applying it to arguments means here; None if it stands for itself alone.
    """

    text: str
    build: Callable[..., Any] | None = None


def read_pickle(stream: io.BytesIO, names: Mapping[str, Name], load: Callable[[object], object]) -> object:
    """Reads one pickle, up to its STOP, and leaves the stream behind it.

    Args:
        stream: of at most MAX_PICKLE_BYTES.
        names: all that may be named, by "module name".
        load: from a persistent id to what it stands for.

    Raises:
        Refused: for anything else than numbers, texts, containers and these names.
    """
    machine = _Machine(names, load)
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            machine.do(opcode.name, argument)
        return machine.result()
    except _DAMAGED as error:
        raise Damaged(f"a damaged pickle: {type(error).__name__}: {str(error)[:200]}") from error


def make_dict(pairs=()) -> dict:
    """Returns a dictionary of (key, value) pairs."""
    made = {}
    for key, value in pairs:
        _set(made, key, value)
    return made


class _Machine:
    def __init__(self, names: Mapping[str, Name], load: Callable[[object], object]):
        self.names, self.load = names, load
        self.stack: list = []
        self.outer: list[list] = []
        self.memo: dict[int, object] = {}

    def do(self, opcode: str, argument) -> None:
        if opcode in _PUSHED:
            self.stack.append(_checked(argument))
        elif opcode in _ACTIONS:
            _ACTIONS[opcode](self, argument)
        elif opcode not in _IGNORED:
            raise Refused(f"the pickle instruction {opcode}, which weights do not need")

    def result(self):
        value = self.stack.pop()
        if self.stack or self.outer:
            raise Damaged("a damaged pickle: something is left over")
        return value

    def marked(self) -> list:
        """Returns what lies above the last mark and takes it away."""
        above, self.stack = self.stack, self.outer.pop()
        return above

    def last(self, count: int) -> tuple:
        """Returns the last values and takes them away."""
        if len(self.stack) < count:
            raise Damaged("a damaged pickle: a value is missing")
        taken = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        return taken

    def top(self, kind: type):
        if type(self.stack[-1]) is not kind:
            raise Refused(f"a {type(self.stack[-1]).__name__} where a {kind.__name__} belongs")
        return self.stack[-1]

    def push(self, value) -> None:
        self.stack.append(value)

    def mark(self, _) -> None:
        self.outer.append(self.stack)
        self.stack = []

    def remember(self, place: int) -> None:
        self.memo[place] = self.stack[-1]

    def name(self, text: str) -> None:
        if text not in self.names:
            # Wide enough for any real name; a long one is meant to fill the terminal.
            raise Refused(f"the name {text[:120]!r}, which would be code of another program")
        self.stack.append(self.names[text])

    def stack_name(self, _) -> None:
        module, name = self.last(2)
        self.name(f"{module} {name}" if type(module) is type(name) is str else "?")

    def apply(self, _) -> None:
        name, arguments = self.last(2)
        if type(name) is not Name or name.build is None or type(arguments) is not tuple:
            raise Refused("a call of something that cannot be called")
        self.stack.append(name.build(*arguments))

    def ignore_state(self, _) -> None:
        # An ordered dictionary brings its attributes along: versions of modules, of no use here.
        self.last(1)
        self.top(dict)

    def append_all(self, values) -> None:
        self.top(list).extend(values)

    def set_all(self, values) -> None:
        target = self.top(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            _set(target, key, value)


def _checked(value):
    if type(value) is int and value.bit_length() > _MAX_INTEGER_BITS:
        raise Refused(f"a number of {value.bit_length()} bits")
    return value


def _set(target: dict, key, value) -> None:
    # Texts and numbers only: hashing tuples of tuples of tuples would overflow the interpreter's stack.
    if type(key) not in (str, int, float, bool, bytes, type(None)):
        raise Refused(f"a {type(key).__name__} as a key")
    target[key] = value


_ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "MARK": _Machine.mark,
    "TUPLE": lambda machine, _: machine.push(tuple(machine.marked())),
    "TUPLE1": lambda machine, _: machine.push(machine.last(1)),
    "TUPLE2": lambda machine, _: machine.push(machine.last(2)),
    "TUPLE3": lambda machine, _: machine.push(machine.last(3)),
    "LIST": lambda machine, _: machine.push(machine.marked()),
    "DICT": lambda machine, _: machine.push(make_dict(_pairs(machine.marked()))),
    "APPEND": lambda machine, _: machine.append_all(machine.last(1)),
    "APPENDS": lambda machine, _: machine.append_all(machine.marked()),
    "SETITEM": lambda machine, _: machine.set_all(machine.last(2)),
    "SETITEMS": lambda machine, _: machine.set_all(machine.marked()),
    "PUT": _Machine.remember,
    "BINPUT": _Machine.remember,
    "LONG_BINPUT": _Machine.remember,
    "MEMOIZE": lambda machine, _: machine.remember(len(machine.memo)),
    "GET": lambda machine, place: machine.push(machine.memo[place]),
    "BINGET": lambda machine, place: machine.push(machine.memo[place]),
    "LONG_BINGET": lambda machine, place: machine.push(machine.memo[place]),
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.stack_name,
    "REDUCE": _Machine.apply,
    "BUILD": _Machine.ignore_state,
    "BINPERSID": lambda machine, _: machine.push(machine.load(*machine.last(1))),
}


def _pairs(values: list):
    return zip(values[::2], values[1::2], strict=True)
