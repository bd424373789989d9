"""Pickles are read as data: nothing in them is looked up or called, and nothing exhausts the memory."""

import argparse
import contextlib
import copyreg
import datetime
import io
import os
import pathlib
import pickle
import random
import signal
import struct
import sys
import tracemalloc
from collections import OrderedDict

import numpy as np
import pytest

from cyclegan_tf.containers.pickle_stream import Global, Opaque, make_dict, read_pickle
from cyclegan_tf.containers.stored import Refused

ALLOWED = {
    "collections OrderedDict": Global("collections OrderedDict", make_dict),
    "torch float32": Global("torch float32"),
}
PLAIN = {
    "a": [1, -2, 2**40, 2.5, None, True, False],
    "b": {"ü": (1, (2, 3), ())},
    "c": (4, 5, 6, 7),
    8: "x" * 300,
}


def read(content):
    return read_pickle(io.BytesIO(content), ALLOWED, lambda persistent_id: ("loaded", persistent_id))


class Reduced:
    """Pickles as a call of anything."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Plain:
    """An object of a class of some program."""


def touch(path):
    return Reduced(os.system, f"touch {path}")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_numbers_texts_and_containers_come_back(protocol):
    assert read(pickle.dumps(PLAIN, protocol)) == PLAIN


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_ordered_dictionary_with_attributes_is_a_dictionary(protocol):
    value = OrderedDict([("b", 1), ("a", 2)])
    value._metadata = OrderedDict(version=1)
    found = read(pickle.dumps(value, protocol))
    assert (type(found), list(found.items())) == (dict, [("b", 1), ("a", 2)])


def test_one_object_in_two_places_stays_one_object():
    shared = [1]
    found = read(pickle.dumps([shared, shared]))
    assert found[0] is found[1]


def test_a_container_may_hold_itself():
    value = []
    value.append(value)
    found = read(pickle.dumps(value))
    assert found[0] is found


def test_the_stream_is_left_after_the_stop_opcode():
    stream = io.BytesIO(pickle.dumps(1) + b"rest")
    assert read_pickle(stream, {}, None) == 1
    assert stream.read() == b"rest"


WRAPPERS = {
    "alone": lambda bomb: bomb,
    "in_a_dictionary": lambda bomb: {"state_dict": bomb},
    "in_a_list": lambda bomb: OrderedDict(weight=[bomb]),
    "in_arguments": lambda bomb: Reduced(OrderedDict, [["a", bomb]]),
    "in_a_call": lambda bomb: Reduced(print, bomb),
}


@pytest.mark.parametrize(
    ("protocol", "wrapper"),
    [
        *((protocol, "alone") for protocol in range(6)),
        *((place % 6, name) for place, name in enumerate(WRAPPERS, 1)),
    ],
)
def test_a_command_is_refused_and_not_run(tmp_path, protocol, wrapper):
    content = pickle.dumps(WRAPPERS[wrapper](touch(tmp_path / "ran")), protocol)
    with pytest.raises(Refused, match="the name"):
        read(content)
    assert not (tmp_path / "ran").exists()
    # pickle itself runs it.
    pickle.loads(content)  # noqa: S301
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "bomb",
    [
        Reduced(eval, "1 + 1"),
        Reduced(getattr, OrderedDict, "fromkeys"),
        Reduced(__import__, "os"),
        Reduced(Plain),
        Plain(),
        {1, 2},
        bytearray(3),
        complex(1, 2),
    ],
    ids=["eval", "getattr", "import", "class", "object", "set", "bytearray", "complex"],
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_whatever_weights_do_not_need_is_refused(bomb, protocol):
    with pytest.raises(Refused):
        read(pickle.dumps(bomb, protocol))


@pytest.mark.parametrize("protocol", [2, 4])
def test_an_allowed_global_stands_for_itself(protocol):
    assert read(pickle.dumps(OrderedDict, protocol)) is ALLOWED["collections OrderedDict"]


def test_a_name_with_a_dot_does_not_reach_into_a_module_that_is_allowed():
    with pytest.raises(Refused, match="OrderedDict.fromkeys"):
        read(b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.fromkeys\x93.")


def test_the_registry_of_extensions_is_not_asked():
    copyreg.add_extension("os", "system", 77)
    try:
        content = pickle.dumps(os.system, 2)
        content = content if b"\x82" in content else b"\x80\x02\x82\x4d."
        with pytest.raises(Refused, match="EXT1"):
            read(content)
    finally:
        copyreg.remove_extension("os", "system", 77)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x80\x02ccollections\nOrderedDict\n)\x81.", "NEWOBJ"),
        (b"\x80\x02(ccollections\nOrderedDict\no.", "OBJ"),
        (b"\x80\x02(icollections\nOrderedDict\n.", "INST"),
        (b"\x80\x02ctorch\nfloat32\n)R.", "a call of something that cannot be called"),
        (b"\x80\x02K\x01)R.", "a call of something that cannot be called"),
        (b"\x80\x02ccollections\nOrderedDict\nK\x01R.", "a call of something that cannot be called"),
        (b"\x80\x02]}b.", "a list where a dict belongs"),
        (b"\x80\x02ccollections\nOrderedDict\n}b.", "a Global where a dict belongs"),
        (b"\x80\x02}]K\x01s.", "a list as a key"),
        (b"\x80\x02})K\x01s.", "a tuple as a key"),
        (b"\x80\x02}K\x01a.", "a dict where a list belongs"),
        (b"\x80\x02P1\n.", "PERSID"),
        (b"\x80\x02K\x01K\x02.", "left on the stack"),
        (b"\x80\x02h\x07.", "damaged"),
        (b"\x80\x02.", "damaged"),
        (b"\x80\x02\x85.", "damaged"),
        (b"\x80\x02t.", "damaged"),
        (b"", "damaged"),
        (b"\xff\xd8\xff\xe0", "damaged"),
    ],
)
def test_an_opcode_that_makes_no_sense_is_named(content, found):
    with pytest.raises(Refused, match=found):
        read(content)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02K\x01r\xff\xff\xff\x7f.",
        b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"x.",
        b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b"x.",
        b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b"x.",
        b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b"x.",
        b"\x80\x04\x95" + struct.pack("<Q", 2**60) + b"K\x01.",
    ],
    ids=["memo", "bytes", "text", "bytearray", "integer", "frame"],
)
def test_a_size_that_the_file_claims_takes_no_memory(content):
    tracemalloc.start()
    try:
        read(content)
    except Refused:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 10**6


def test_a_number_of_thousands_of_digits_is_refused():
    with pytest.raises(Refused, match="bits"):
        read(pickle.dumps(2**4000, 2))


def test_a_text_within_a_text_within_a_text_does_not_overflow_the_stack():
    depth = 10**5
    with pytest.raises(Refused, match="as a key"):
        read(b"\x80\x02})" + b"\x85" * depth + b"K\x01s.")
    found = read(b"\x80\x02)" + b"\x85" * depth + b".")
    for _ in range(depth):
        found = found[0]
    assert found == ()


def test_a_pickle_cut_anywhere_is_refused():
    content = pickle.dumps(PLAIN, 2)
    for length in range(len(content)):
        with pytest.raises(Refused):
            read(content[:length])


def test_random_damage_is_refused_or_gives_a_value():
    content, chance, outcomes = pickle.dumps(PLAIN, 4), random.Random(0), set()
    for _ in range(2000):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            read(bytes(damaged))
            outcomes.add("value")
        except Refused:
            outcomes.add("refused")
    assert outcomes == {"value", "refused"}


def test_reading_imports_nothing():
    assert "this_module_does_not_exist" not in sys.modules
    with pytest.raises(Refused, match="this_module_does_not_exist"):
        read(b"\x80\x02cthis_module_does_not_exist\nx\n.")
    before = set(sys.modules)
    with pytest.raises(Refused):
        read(b"\x80\x02cantigravity\nfly\n.")
    assert set(sys.modules) == before


def read_leaving_out(value, protocol=2):
    left_out = {}
    content = value if isinstance(value, bytes) else pickle.dumps(value, protocol)
    return read_pickle(io.BytesIO(content), ALLOWED, None, left_out), list(left_out)


class Settings(dict):
    """A dictionary of a class of some program."""


class Slotted:
    __slots__ = ("lr",)

    def __init__(self):
        self.lr = 0.1


OBJECTS = {
    "namespace": argparse.Namespace(lr=0.1, gpu=[0]),
    "path": pathlib.PurePosixPath("a/b"),
    "number": np.float64(0.5),
    "array": np.arange(3),
    "object": Plain(),
    "slots": Slotted(),
    "set": {1, 2},
    "frozen_set": frozenset([1]),
    "bytes": bytearray(3),
    "complex": complex(1, 2),
    "type": Plain,
    "enumeration": signal.SIGINT,
    "date": datetime.date(2026, 1, 1),
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", [name for name in OBJECTS if name != "slots"])
def test_an_object_is_left_out_and_what_is_beside_it_stays(name, protocol):
    found, left_out = read_leaving_out({"before": 1, "x": OBJECTS[name], "after": [2]}, protocol)
    assert (found["before"], found["after"]) == (1, [2])
    assert type(found["x"]) is Opaque or name == "bytes"
    assert left_out or name in ("set", "frozen_set", "bytes")


@pytest.mark.parametrize("protocol", [2, 4])
def test_the_items_of_a_dictionary_of_another_class_are_read(protocol):
    found, left_out = read_leaving_out({"netG": Settings(w=1)}, protocol)
    assert (dict(found["netG"]), found["netG"].name) == ({"w": 1}, left_out[0])


@pytest.mark.parametrize("protocol", range(6))
def test_a_command_that_is_left_out_is_not_run_either(tmp_path, protocol):
    for wrap in WRAPPERS.values():
        with contextlib.suppress(Refused):
            read_leaving_out(wrap(touch(tmp_path / "ran")), protocol)
    assert not (tmp_path / "ran").exists()


def test_a_key_that_is_an_object_or_a_tuple_is_left_out():
    assert read_leaving_out({(1, 2): 3, np.int64(4): 5, "a": 6})[0] == {"a": 6}


@pytest.mark.parametrize("content", [b"\x80\x02K\x01)\x81.", b"\x80\x02(K\x01o.", b"\x80\x02(o."])
def test_an_object_of_something_that_is_no_class_is_refused(content):
    with pytest.raises(Refused, match="no class"):
        read_leaving_out(content)


@pytest.mark.filterwarnings("ignore:invalid escape sequence")
def test_random_damage_of_objects_is_refused_or_gives_a_value():
    content, chance = pickle.dumps(OBJECTS, 2), random.Random(0)
    for _ in range(1000):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with contextlib.suppress(Refused):
            read_leaving_out(bytes(damaged))
