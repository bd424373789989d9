"""Validation errors as sentences: the key, what was received, what is allowed, and the nearest valid key."""

import math
import types
from difflib import SequenceMatcher
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from cyclegan_tf.config.rules import Problem
from cyclegan_tf.config.schema import NAME_PATTERN, PATH_PATTERN, RENAMED_KEYS, Config, Section

_LIMITS = (("ge", "from"), ("gt", "above"), ("le", "up to"), ("lt", "and below"))
_TYPES = {int: "a whole number", float: "a number", bool: "true or false"}
_TEXTS = {
    NAME_PATTERN: "1 to 100 letters, digits, dots, dashes and underscores, no dot first",
    PATH_PATTERN: "a path",
}
_ALIKE = 0.6
_MAX_SHOWN = 60


def fields_by_key(model: type[BaseModel] = Config, prefix: str = "") -> dict[str, FieldInfo]:
    """All keys of a configuration, such as train.batch_size, in the order of the schema."""
    fields = {}
    for name, field in model.model_fields.items():
        if _is_section(field):
            fields |= fields_by_key(field.annotation, f"{prefix}{name}.")
        else:
            fields[prefix + name] = field
    return fields


def expected(field: FieldInfo) -> str:
    """What a field takes, in words: type, range, choices."""
    if _is_section(field):
        return "a section with keys of its own"
    kind = field.annotation
    kinds = get_args(kind) if get_origin(kind) in (types.UnionType, Union) else (kind,)
    optional = " or null" if type(None) in kinds else ""
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
    """Every error of a validation as a `Problem`, in the order of the schema's checks."""
    problems = []
    for item in error.errors(include_url=False):
        if item["type"] == "combination":
            problems += item["ctx"]["problems"]
            continue
        key = ".".join(str(part) for part in item["loc"])
        text = _unknown(key) if item["type"] == "extra_forbidden" else _invalid(item)
        problems.append(Problem((key,), text))
    return problems


def nearest_key(key: str) -> str | None:
    """The valid key or section most like an unknown one, also in another section; None if none is alike."""
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
    """A received value as it stands in YAML, cut if it is long."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, Section)


def _unknown(key: str) -> str:
    shown = key if len(key) <= _MAX_SHOWN else f"{key[: _MAX_SHOWN - 3]}..."
    if key in RENAMED_KEYS:
        return f"{key}: this key was renamed, write {RENAMED_KEYS[key]}"
    nearest = nearest_key(key)
    if nearest:
        return f"{shown}: unknown key, did you mean {nearest}?"
    section = key.partition(".")[0]
    siblings = [valid for valid in fields_by_key() if valid.startswith(f"{section}.")]
    return f"{shown}: unknown key, expected one of {', '.join(siblings or Config.model_fields)}"


def _invalid(item: dict) -> str:
    """An error of one field: wrong type or out of range."""
    model, field = Config, None
    # A place inside a list is a number; the key is what stands before it.
    names = [part for part in item["loc"] if isinstance(part, str)]
    for name in names:
        field = model.model_fields[name]
        model = field.annotation
    key, value = ".".join(names), item["input"]
    text = f"{key}: received {show(value)}, expected {expected(field)}"
    is_text = key in fields_by_key() and any(hasattr(rule, "pattern") for rule in field.metadata)
    if is_text and isinstance(value, int | float) and not isinstance(value, bool):
        text += f'; put it in quotes: "{value}"'
    return text
