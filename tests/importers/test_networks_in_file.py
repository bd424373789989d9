"""Generators are found in files that hold more than one network, however they are nested."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from cyclegan_tf.containers.stored import StoredWeights
from cyclegan_tf.importers.networks_in_file import FoundGenerator, find_generators
from cyclegan_tf.importers.pairing import Mismatch
from cyclegan_tf.networks.specs import GeneratorSpec

SPEC = GeneratorSpec("resnet_6blocks", width=2)


@pytest.fixture
def names(stored):
    """Returns the names of the generators in a tree of arrays."""

    def store(tree):
        arrays = stored({name: value for name, value in tree.items() if isinstance(value, np.ndarray)})
        return {
            name: store(value) if isinstance(value, dict) else arrays.get(name, value)
            for name, value in tree.items()
        }

    def run(tree, layout="torch"):
        weights = StoredWeights(Path("file"), (), "a format", layout, store(tree))
        return [generator.name for generator in find_generators(weights)]

    return run


@pytest.fixture(scope="module")
def generator(torch_files):
    return dict(torch_files.torch_arrays(SPEC))


DISCRIMINATOR = {f"model.{place}.weight": np.zeros((4, 4, 4, 4)) for place in range(5)}


def prefixed(prefix, arrays, separator="."):
    return {f"{prefix}{separator}{name}": array for name, array in arrays.items()}


def test_a_generator_alone_has_no_name(names, generator):
    assert names(generator) == [""]


def test_generators_in_dictionaries_are_found_by_their_keys(names, generator):
    tree = {"epoch": 3, "netG_A2B": generator, "netG_B2A": dict(generator), "netD_A": DISCRIMINATOR}
    assert names(tree) == ["netG_A2B", "netG_B2A"]


def test_generators_in_one_dictionary_are_found_by_their_prefixes(names, generator):
    flat = {
        **prefixed("genA2B", generator),
        **prefixed("disA", DISCRIMINATOR),
        **prefixed("genB2A", generator),
    }
    assert names({"state_dict": flat, "global_step": 7}) == ["state_dict.genA2B", "state_dict.genB2A"]


def test_a_prefix_of_all_names_is_removed_before_they_are_split(names, generator):
    flat = {**prefixed("module.G_A", generator), **prefixed("module.D_A", DISCRIMINATOR)}
    assert names(flat) == ["module.G_A"]


def test_the_state_of_an_optimiser_is_not_a_network(names, generator):
    moments = {index: {"exp_avg": array, "step": 3} for index, array in enumerate(generator.values())}
    tree = OrderedDict(opt={"state": moments, "param_groups": [{"lr": 1e-4}]}, G=generator)
    assert names(tree) == ["G"]


def test_a_dictionary_that_contains_itself_is_searched_once(names, generator, stored):
    tree = {"G": stored(generator)}
    tree["again"] = tree
    weights = StoredWeights(Path("file"), (), "a format", "torch", tree)
    assert [found.name for found in find_generators(weights)] == ["G"]


def test_dictionaries_that_double_at_every_level_are_searched_once():
    tree = {}
    for _ in range(60):
        tree = {"a": tree, "b": tree}
    with pytest.raises(Mismatch, match="no arrays"):
        find_generators(StoredWeights(Path("file"), (), "a format", "torch", tree))


def test_the_most_similar_network_is_the_one_reported(names, generator):
    damaged = {**generator, "model.51.weight": np.zeros((3, 2, 7, 6), np.float32)}
    with pytest.raises(Mismatch, match="our 'last_conv'"):
        names({"D": DISCRIMINATOR, "G": damaged})


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        *(
            (name, "ab")
            for name in ("netG_A2B", "genA2B", "G_AB", "G_A", "netG_A", "gen_G", "generator_g", "G_XtoY")
        ),
        *((name, "ab") for name in ("state_dict.generator_ab", "G", "G_AtoB")),
        *(
            (name, "ba")
            for name in ("netG_B2A", "genB2A", "G_BA", "G_B", "netG_B", "gen_F", "generator_f", "G_YtoX")
        ),
        *((name, "ba") for name in ("state_dict.generator_ba", "F", "G_BtoA")),
        *((name, None) for name in ("", "netG", "generator", "layers", "ema", "net")),
    ],
)
def test_the_direction_is_what_the_name_says_in_well_known_programs(name, direction):
    assert FoundGenerator(name, None).direction == direction
