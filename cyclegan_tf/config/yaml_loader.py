"""YAML 1.2 by ruamel.yaml, limited to what a configuration needs: no tags, aliases or huge files."""

import io
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, events
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

from cyclegan_tf.errors import ConfigError

MAX_BYTES = 1_000_000
MAX_NODES = 10_000
MAX_DEPTH = 20
_TEXT = "tag:yaml.org,2002:str"
_TWO_NUMBERS = re.compile(r"\[[-+.0-9eE\s]+,[-+.0-9eE\s]+\]\Z")


def read_yaml(path: Path) -> object:
    """Read a YAML file of at most MAX_BYTES.

    Args:
        path: a regular file in UTF-8.

    Returns:
        Mappings, lists, strings, numbers, booleans and None; None for an empty file.

    Raises:
        ConfigError: the file cannot be read, is too large, is not UTF-8 or is not strict YAML.
    """
    if not path.is_file():
        raise ConfigError(f"not a regular file: {path}", fix="give the path of a YAML file")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ConfigError(
                f"file too large for a configuration: {path}",
                detail=f"expected at most {MAX_BYTES} bytes, found {path.stat().st_size}",
                fix="give a YAML file as in configs/",
            )
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"cannot read configuration: {path}", detail=error.strerror or str(error)
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"not UTF-8 text: {path}:{content[: error.start].count(10) + 1}",
            detail=f"expected UTF-8, found the byte 0x{content[error.start]:02x}",
            fix="save the file as UTF-8",
        ) from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, source: str) -> object:
    """Parse YAML text; see `read_yaml`.

    Args:
        text: the YAML.
        source: the name to use in errors, such as the file's path.
    """
    try:
        _check_events(text)
        return _strict_yaml().load(text)
    except ReaderError as error:
        lines = text[: error.position].split("\n")
        problem = f"YAML does not allow the character U+{error.character:04X}"
        place = f":{len(lines)}:{len(lines[-1]) + 1}"
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"{(error.problem or '')[:200]}\n{mark.get_snippet()}"
        place = f":{mark.line + 1}:{mark.column + 1}"
    raise ConfigError(
        f"cannot parse {source}{place}", detail=problem, fix="correct this line; configs/ has examples"
    )


def parse_scalar(text: str) -> object:
    """Read one value from a command line: quoted text, [1, 2] or what YAML 1.2 makes of a scalar.

    Raises:
        ConfigError: a quote is not closed or a number is absurdly long.
    """
    is_text = str(_strict_yaml().resolver.resolve(ScalarNode, text, (True, False))) == _TEXT
    is_plain = text[:1] not in ("'", '"') and not _TWO_NUMBERS.match(text)
    return text if is_text and is_plain else parse_yaml(text, "--set")


def dump_yaml(value: object) -> str:
    """Write a value so that `parse_yaml` returns an equal one; keys keep their order."""
    stream = io.StringIO()
    _strict_yaml().dump(value, stream)
    return stream.getvalue()


def _strict_yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _StrictConstructor
    yaml.sort_base_mapping_type_on_output, yaml.width = False, 10_000  # type: ignore[assignment]
    yaml.default_flow_style = False  # type: ignore[assignment]
    return yaml


def _check_events(text: str) -> None:
    """Refuse anchors, aliases, tags and anything huge before a value is made of them."""
    depth = num_nodes = 0
    for event in _strict_yaml().parse(text):
        depth += isinstance(event, events.CollectionStartEvent) - isinstance(event, events.CollectionEndEvent)
        num_nodes += isinstance(event, events.NodeEvent)
        if getattr(event, "anchor", None):
            raise _refusal("anchors (&) and aliases (*) are not allowed: write the value out", event)
        if getattr(event, "tag", None):
            raise _refusal(f"tags are not allowed: {str(event.tag)[:60]}", event)
        if depth > MAX_DEPTH or num_nodes > MAX_NODES:
            raise _refusal(f"nested deeper than {MAX_DEPTH} or longer than {MAX_NODES} values", event)


def _refusal(problem: str, place: Any) -> MarkedYAMLError:
    return MarkedYAMLError(problem=problem, problem_mark=place.start_mark)


class _StrictConstructor(SafeConstructor):
    """A constructor that also refuses keys that are not text, such as merge keys."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        for key, _ in node.value:
            if str(key.tag) != _TEXT:
                raise _refusal("a key must be text", key)
        return super().construct_mapping(node, deep=deep)

    def construct_number(self, node: Any) -> object:
        # Not a number in YAML 1.2 any more: 20261128_1530 is a good name for a run.
        if "_" in node.value:
            return node.value
        is_whole = str(node.tag).endswith(":int")
        try:
            return self.construct_yaml_int(node) if is_whole else self.construct_yaml_float(node)
        except ValueError:
            raise _refusal("a number with too many digits", node) from None


for _kind, _construct in {
    "int": _StrictConstructor.construct_number,
    "float": _StrictConstructor.construct_number,
    # Not in YAML 1.2 either: a date, and "=".
    "timestamp": SafeConstructor.construct_yaml_str,
    "value": SafeConstructor.construct_yaml_str,
}.items():
    _StrictConstructor.add_constructor(f"tag:yaml.org,2002:{_kind}", _construct)
