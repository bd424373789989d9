"""A pickle reader for plain data: numbers, strings, containers, and a fixed list of globals.

Objects of other classes are refused, or left out as `Opaque`, which knows their name alone.

An `Unpickler` with its own `find_class` would not be safe. It would still call any allowed global with any
arguments, take classes from a process-wide registry (EXT1), set attributes (BUILD), and allocate gigabytes
for four bytes (LONG_BINPUT). Here `pickletools.genops` splits the bytes into opcodes, and a table says what
each one does to a stack. Other opcodes are refused. No object of another program is looked up or called.
"""

import io
import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cyclegan_tf.containers.stored import Damaged, Refused

# At one empty container per byte, this allocates 256 MB. The pickle of a checkpoint has 10 to 200 kB.
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
class Global:
    """A global that a pickle may name.

    Attributes:
        name: "module name".
        build: replacement that REDUCE calls; None if the global cannot be called.
    """

    name: str
    build: Callable[..., Any] | None = None


class Opaque(dict):
    """An object that was left out: only the name of its class or function is known, and its items if any.

    Args:
        name: "module name".
    """

    def __init__(self, name: str):
        super().__init__()
        self.name = name


def read_pickle(
    stream: io.BytesIO,
    allowed: Mapping[str, Global],
    persistent_load: Callable[[object], object],
    left_out: dict[str, None] | None = None,
) -> object:
    """Read one pickle up to its STOP, and leave the stream after it.

    Args:
        stream: at most MAX_PICKLE_BYTES long.
        allowed: the globals that may be named, by "module name".
        persistent_load: called with a persistent id, returns the object.
        left_out: takes the names of other globals, whose objects become `Opaque`; None refuses them.

    Raises:
        Refused: the pickle holds anything but numbers, strings, containers and these globals, and `left_out`
            is None; or instructions that no object needs.
    """
    machine = _Machine(allowed, persistent_load, left_out)
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            machine.execute(opcode.name, argument)
        return machine.result()
    except _DAMAGED as error:
        raise Damaged(f"a damaged pickle: {type(error).__name__}: {str(error)[:200]}") from error


def make_dict(pairs=()) -> dict:
    """Return a dictionary of (key, value) pairs."""
    result = {}
    for key, value in pairs:
        _set(result, key, value)
    return result


class _Machine:
    """Pickle's stack machine: a stack, the stacks below each mark, and a memo."""

    def __init__(
        self,
        allowed: Mapping[str, Global],
        persistent_load: Callable[[object], object],
        left_out: dict[str, None] | None,
    ):
        self.allowed, self.persistent_load, self.left_out = allowed, persistent_load, left_out
        self.stack: list = []
        self.metastack: list[list] = []
        self.memo: dict[int, object] = {}

    def execute(self, opcode: str, argument) -> None:
        if opcode in _PUSHED:
            self.stack.append(_checked(argument))
        elif opcode in _ACTIONS:
            _ACTIONS[opcode](self, argument)
        elif opcode in _ACTIONS_OF_OBJECTS and self.left_out is not None:
            _ACTIONS_OF_OBJECTS[opcode](self, argument)
        elif opcode not in _IGNORED:
            raise Refused(f"the pickle opcode {opcode}, which weights do not need")

    def result(self):
        value = self.stack.pop()
        if self.stack or self.metastack:
            raise Damaged("a damaged pickle: more than one value is left on the stack")
        return value

    def pop_mark(self) -> list:
        """Pop and return the values above the last mark."""
        values, self.stack = self.stack, self.metastack.pop()
        return values

    def pop(self, count: int) -> tuple:
        """Pop and return the last values."""
        if len(self.stack) < count:
            raise Damaged("a damaged pickle: a value is missing")
        values = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        return values

    def top(self, kind: type):
        if type(self.stack[-1]) is not kind:
            raise Refused(f"a {type(self.stack[-1]).__name__} where a {kind.__name__} belongs")
        return self.stack[-1]

    def push(self, value) -> None:
        self.stack.append(value)

    def mark(self, _) -> None:
        self.metastack.append(self.stack)
        self.stack = []

    def memoize(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def push_global(self, name: str) -> None:
        if name in self.allowed:
            self.stack.append(self.allowed[name])
            return
        if self.left_out is None:
            # Longer than any real name: a file could use the message to fill the terminal.
            raise Refused(f"the name {name[:120]!r}, which would be code of another program")
        self.push_opaque(name)

    def push_opaque(self, name: str) -> None:
        """Push an object that is left out; only here it gets into the report."""
        self.left_out.setdefault(name)
        self.stack.append(Opaque(name))

    def push_stack_global(self, _) -> None:
        module, name = self.pop(2)
        self.push_global(f"{module} {name}" if type(module) is type(name) is str else "?")

    def reduce(self, _) -> None:
        function, arguments = self.pop(2)
        if type(function) is Opaque:
            self.stack.append(Opaque(function.name))
            return
        if type(function) is not Global or function.build is None or type(arguments) is not tuple:
            raise Refused("a call of something that cannot be called")
        self.stack.append(function.build(*arguments))

    def ignore_state(self, _) -> None:
        # State is only allowed for a dictionary: the attributes of a state_dict, which are module versions.
        self.pop(1)
        if type(self.stack[-1]) is not Opaque:
            self.top(dict)

    def extend(self, values) -> None:
        if type(self.stack[-1]) is not Opaque:
            self.top(list).extend(values)

    def update(self, values) -> None:
        is_opaque = type(self.stack[-1]) is Opaque
        target = self.stack[-1] if is_opaque else self.top(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            # What an object or a tuple names is no weight.
            if self.left_out is None or type(key) not in (Opaque, tuple):
                _set(target, key, value)

    def new_object(self, num_arguments: int) -> None:
        """Replace a class and what it is made with by an object that is left out."""
        made_of = self.pop(1 + num_arguments)
        if type(made_of[0]) is not Opaque:
            raise Refused("an object of something that is no class")
        self.stack.append(Opaque(made_of[0].name))

    def new_object_of_marked(self, _) -> None:
        made_of = self.pop_mark()
        self.stack.append(made_of[0] if made_of else None)
        self.new_object(0)

    def push_frozen_set(self, _) -> None:
        self.pop_mark()
        self.push(Opaque("builtins frozenset"))

    def new_instance(self, name: str) -> None:
        self.pop_mark()
        self.push_opaque(name)


def _checked(value):
    if type(value) is int and value.bit_length() > _MAX_INTEGER_BITS:
        raise Refused(f"a number of {value.bit_length()} bits")
    return value


def _set(target: dict, key, value) -> None:
    # Only strings and numbers: hashing deeply nested tuples would overflow the interpreter's stack.
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
    "TUPLE": lambda machine, _: machine.push(tuple(machine.pop_mark())),
    "TUPLE1": lambda machine, _: machine.push(machine.pop(1)),
    "TUPLE2": lambda machine, _: machine.push(machine.pop(2)),
    "TUPLE3": lambda machine, _: machine.push(machine.pop(3)),
    "LIST": lambda machine, _: machine.push(machine.pop_mark()),
    "DICT": lambda machine, _: machine.push(make_dict(_pairs(machine.pop_mark()))),
    "APPEND": lambda machine, _: machine.extend(machine.pop(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.pop_mark()),
    "SETITEM": lambda machine, _: machine.update(machine.pop(2)),
    "SETITEMS": lambda machine, _: machine.update(machine.pop_mark()),
    "PUT": _Machine.memoize,
    "BINPUT": _Machine.memoize,
    "LONG_BINPUT": _Machine.memoize,
    "MEMOIZE": lambda machine, _: machine.memoize(len(machine.memo)),
    "GET": lambda machine, index: machine.push(machine.memo[index]),
    "BINGET": lambda machine, index: machine.push(machine.memo[index]),
    "LONG_BINGET": lambda machine, index: machine.push(machine.memo[index]),
    "GLOBAL": _Machine.push_global,
    "STACK_GLOBAL": _Machine.push_stack_global,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.ignore_state,
    "BINPERSID": lambda machine, _: machine.push(machine.persistent_load(*machine.pop(1))),
}
# What other objects are made of; Python's sets and byte arrays among them.
_ACTIONS_OF_OBJECTS: dict[str, Callable[[_Machine, Any], None]] = {
    "NEWOBJ": lambda machine, _: machine.new_object(1),
    "NEWOBJ_EX": lambda machine, _: machine.new_object(2),
    "OBJ": _Machine.new_object_of_marked,
    "INST": _Machine.new_instance,
    "EMPTY_SET": lambda machine, _: machine.push(Opaque("builtins set")),
    "ADDITEMS": lambda machine, _: machine.extend(machine.pop_mark()),
    "FROZENSET": _Machine.push_frozen_set,
    "BYTEARRAY8": lambda machine, _: machine.push(Opaque("builtins bytearray")),
}


def _pairs(values: list):
    return zip(values[::2], values[1::2], strict=True)
