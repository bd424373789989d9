"""A small, strict part of YAML 1.2: mappings, lists and scalars, nothing that can surprise or explode.

PyYAML follows YAML 1.1, where `2e-4` is text, `no` is false and a key written twice silently wins. Here the
core schema of YAML 1.2 decides (https://yaml.org/spec/1.2.2/#103-core-schema).
"""

import re
from pathlib import Path

import yaml

from cyclegan_tf.errors import ConfigError

MAX_BYTES = 1_000_000
MAX_NODES = 10_000
MAX_DEPTH = 20
_TWO_NUMBERS = re.compile(r"\[[-+.0-9eE\s]+,[-+.0-9eE\s]+\]\Z")

_SCALARS = (
    ("null", r"|~|null|Null|NULL", ["", "~", "n", "N"]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
)


def read_yaml(path: Path) -> object:
    """Reads a YAML file of at most MAX_BYTES.

    Args:
        path: a regular file in UTF-8.

    Returns:
        Mappings, lists, strings, numbers, booleans and None; None for an empty file.

    Raises:
        ConfigError: if it cannot be read, is too large, is not UTF-8 or is not strict YAML.
    """
    try:
        if not path.is_file():
            raise ConfigError(f"not a regular file: {path}", fix="give the path of a YAML file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"cannot read configuration: {path}", detail=error.strerror or str(error)
        ) from error
    if len(content) > MAX_BYTES:
        raise ConfigError(
            f"file too large for a configuration: {path}",
            detail=f"expected at most {MAX_BYTES} bytes, found {path.stat().st_size}",
            fix="give a YAML file as in configs/",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"not UTF-8 text: {path}:{line}",
            detail=f"expected UTF-8, found the byte 0x{content[error.start]:02x}",
            fix="save the file as UTF-8",
        ) from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, source: str) -> object:
    """Parses YAML text; see `read_yaml`.

    Args:
        text: the YAML.
        source: the name to use in errors, such as the file's path.
    """
    try:
        return yaml.load(text, _StrictLoader)  # noqa: S506 - a SafeLoader
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        position = (before.count("\n"), len(before) - before.rfind("\n") - 1)
        raise _syntax_error(text, source, position, "a character that YAML does not allow") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _syntax_error(text, source, (mark.line, mark.column), error.problem or "") from error


def parse_scalar(text: str) -> object:
    """Reads one value from a command line: quoted text, [1, 2] or what YAML 1.2 makes of a scalar.

    Raises:
        ConfigError: if a quote is not closed or a number is absurdly long.
    """
    if text[:1] in ("'", '"') or _TWO_NUMBERS.match(text):
        return parse_yaml(text, "--set")
    kind = yaml.resolver.BaseResolver.resolve(_StrictLoader(""), yaml.ScalarNode, text, (True, False))
    if kind == "tag:yaml.org,2002:str":
        return text
    return parse_yaml(text, "--set")


def dump_yaml(value: object) -> str:
    """Writes a value so that `parse_yaml` returns an equal one; keys keep their order."""
    return yaml.dump(value, Dumper=_StrictDumper, sort_keys=False, allow_unicode=True, width=10_000)


def _syntax_error(text: str, source: str, position: tuple[int, int], problem: str) -> ConfigError:
    row, column = position
    lines = text.splitlines()
    # A long line is cut around the place, so that the message stays readable.
    start = max(0, column - 60)
    shown = lines[row][start : column + 40] if row < len(lines) else ""
    place = "end of file" if not shown else f"  {shown}\n  {' ' * (column - start)}^"
    return ConfigError(
        f"cannot parse {source}:{row + 1}:{column + 1}",
        detail=f"{problem}\n{place}",
        fix="correct this line; configs/ has examples",
    )


class _StrictLoader(yaml.SafeLoader):
    """Refuses tags, anchors, aliases, repeated keys and anything huge, each with its place."""

    yaml_implicit_resolvers = {}

    def __init__(self, stream):
        super().__init__(stream)
        self._depth = self._num_nodes = 0

    def compose_node(self, parent, index):
        event = self.peek_event()
        self._num_nodes += 1
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._refusal("anchors (&) and aliases (*) are not allowed: write the value out", event)
        if event.tag is not None:
            raise self._refusal(f"tags are not allowed: {event.tag[:60]}", event)
        if self._depth >= MAX_DEPTH or self._num_nodes > MAX_NODES:
            raise self._refusal(f"nested deeper than {MAX_DEPTH} or longer than {MAX_NODES} values", event)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise self._refusal("a key must be text", key)
            if key.value in seen:
                raise self._refusal(f"duplicate key: {key.value[:60]}", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_integer(self, node) -> int:
        # SafeLoader would read 010 as octal. Python refuses more digits than it can convert quickly.
        try:
            return int(node.value, {"0o": 8, "0x": 16}.get(node.value[:2], 10))
        except ValueError:
            raise self._refusal("a number with too many digits", node) from None

    @staticmethod
    def _refusal(problem: str, place) -> yaml.MarkedYAMLError:
        return yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)


class _StrictDumper(yaml.SafeDumper):
    """Puts in quotes exactly the strings that `_StrictLoader` would read as something else."""

    yaml_implicit_resolvers = {}


for _kind, _pattern, _first in _SCALARS:
    for _class in (_StrictLoader, _StrictDumper):
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"(?:{_pattern})\Z"), _first)
_StrictLoader.add_constructor("tag:yaml.org,2002:int", _StrictLoader.construct_integer)
