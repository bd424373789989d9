"""Validation errors as sentences: the key, what was received, what is allowed, and the nearest valid key."""

import math
import types
from difflib import SequenceMatcher
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from cyclegan_tf.config.rules import Problem
from cyclegan_tf.config.schema import (
    MOST_DEVICES,
    NAME_PATTERN,
    PATH_PATTERN,
    REMOVED_KEYS,
    RENAMED_KEYS,
    Config,
    Section,
)

_LIMITS = (("ge", "from"), ("gt", "above"), ("le", "up to"), ("lt", "and below"))
_TYPES = {int: "a whole number", float: "a number", bool: "true or false"}
_TEXTS = {
    NAME_PATTERN: "1 to 100 letters, digits, dots, dashes and underscores, no dot first",
    PATH_PATTERN: "a path",
}
_ALIKE = 0.6
_MAX_SHOWN = 60


def fields_by_key(model: type[BaseModel] = Config, prefix: str = "") -> dict[str, FieldInfo]:
    """Return all keys of a configuration, such as train.batch_size, in the order of the schema."""
    fields: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        section = _section(field)
        if section:
            fields |= fields_by_key(section, f"{prefix}{name}.")
        else:
            fields[prefix + name] = field
    return fields


def expected(field: FieldInfo) -> str:
    """Say what a field accepts: type, range, choices."""
    if _section(field):
        return "a section with keys of its own"
    kind = field.annotation
    kinds = get_args(kind) if get_origin(kind) in (types.UnionType, Union) else (kind,)
    optional = " or null" if type(None) in kinds else ""
    if get_origin(kinds[0]) is Literal and int in kinds:
        return f"{', '.join(get_args(kinds[0]))} or a whole number from 1 up to {MOST_DEVICES}"
    if get_origin(kinds[0]) is Literal:
        return "one of " + ", ".join(get_args(kinds[0])) + optional
    if get_origin(kinds[0]) is Annotated:
        return "two numbers [low, high]" + optional
    if kinds[0] is str:
        return next(_TEXTS[rule.pattern] for rule in field.metadata if hasattr(rule, "pattern")) + optional
    limits = (
        f" {word} {getattr(limit, attribute):.10g}"
        for attribute, word in _LIMITS
        for limit in field.metadata
        if hasattr(limit, attribute)
    )
    return _TYPES[kinds[0]] + "".join(limits) + optional


def problems_of(error: ValidationError) -> list[Problem]:
    """Return every error of a validation as a `Problem`, in the order of the schema's checks."""
    problems: list[Problem] = []
    for item in error.errors(include_url=False):
        if item["type"] == "combination":
            problems += item["ctx"]["problems"]
            continue
        key = ".".join(str(part) for part in item["loc"])
        text = _unknown(key) if item["type"] == "extra_forbidden" else _invalid(item)
        problems.append(Problem((key,), text))
    return problems


def nearest_key(key: str) -> str | None:
    """Find the valid key or section most like an unknown one, in any section; None if none is alike."""
    key = key[:_MAX_SHOWN]
    section, _, name = key.rpartition(".")

    def likeness(valid: str) -> float:
        valid_section, _, valid_name = valid.rpartition(".")
        alike = SequenceMatcher(None, name, valid_name).ratio()
        if section == valid_section:
            return alike
        # The same name elsewhere is a good guess too; a whole path counts only if its section is misspelled.
        whole = 0.0 if section in Config.model_fields else SequenceMatcher(None, key, valid).ratio()
        return max(whole, alike - 0.1)

    best = max([*fields_by_key(), *Config.model_fields], key=likeness)
    return best if likeness(best) >= _ALIKE else None


def show(value: object) -> str:
    """Return a received value as YAML writes it, cut if it is long."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."


def _section(field: FieldInfo) -> type[Section] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def _unknown(key: str) -> str:
    shown = key if len(key) <= _MAX_SHOWN else f"{key[: _MAX_SHOWN - 3]}..."
    if key in RENAMED_KEYS:
        return f"{key}: this key was renamed, write {RENAMED_KEYS[key]}"
    if key in REMOVED_KEYS:
        return f"{key}: this key was removed, because it gave nothing"
    nearest = nearest_key(key)
    if nearest:
        return f"{shown}: unknown key, did you mean {nearest}?"
    section = key.partition(".")[0]
    siblings = [valid for valid in fields_by_key() if valid.startswith(f"{section}.")]
    return f"{shown}: unknown key, expected one of {', '.join(siblings or Config.model_fields)}"


def _invalid(item: ErrorDetails) -> str:
    """Describe the error of one field: a wrong type, or a value out of range."""
    # A position inside a list is a number; the key is what comes before it.
    key = ".".join(part for part in item["loc"] if isinstance(part, str))
    field = fields_by_key().get(key) or Config.model_fields[key]
    value = item["input"]
    text = f"{key}: received {show(value)}, expected {expected(field)}"
    is_text = any(hasattr(rule, "pattern") for rule in field.metadata)
    if is_text and isinstance(value, int | float) and not isinstance(value, bool):
        text += f'; put it in quotes: "{value}"'
    return text
