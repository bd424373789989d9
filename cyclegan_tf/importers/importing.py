"""From files of other programs to a model folder."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cyclegan_tf import __version__
from cyclegan_tf.containers.stored import SAVE_WEIGHTS_ALONE, Refused, StoredWeights, quoted, unreadable
from cyclegan_tf.errors import ModelError, OutputError, UsageError
from cyclegan_tf.importers.formats import read_weights
from cyclegan_tf.importers.matching import ASSUMED, NotFinite
from cyclegan_tf.importers.networks_in_file import FoundGenerator, find_generators
from cyclegan_tf.importers.pairing import Misfit
from cyclegan_tf.models.folder import MODEL_FILES, ModelCard, save_model
from cyclegan_tf.models.run import CARD_FILE
from cyclegan_tf.models.weights import assign_arrays, network_variables
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec
from cyclegan_tf.system.files import check_no_other_files, sha256

# Bytes of the smallest number that weights are stored in.
_SMALLEST_NUMBER = 2
_STATISTICS = "means of the training are in the file and were left out: instance normalization has none"


@dataclass(frozen=True)
class Source:
    """Where generators come from.

    Attributes:
        path: a file, as of `read_weights`.
        direction: "ab" or "ba"; None for what the names in the file say, and "ab" if they say nothing.
        network: which of several networks in the file, by its name there.
    """

    path: Path
    direction: str | None = None
    network: str | None = None


@dataclass(frozen=True)
class ImportedGenerator:
    """What was found in a file.

    Attributes:
        file: name of the file.
        format: its kind, in words.
        sha256: of each file that was read, by name.
        network: what the file calls the network; empty if it holds nothing else.
        generator: which of our generators it is.
        parameters: numbers that came from the file.
        notes: what the user should know.
    """

    file: str
    format: str
    sha256: dict[str, str]
    network: str
    generator: GeneratorSpec
    parameters: int
    notes: tuple[str, ...]


def import_model(
    sources: Sequence[Source],
    target: Path,
    *,
    norm_epsilon: float | None = None,
    padding: str | None = None,
    overwrite: bool = False,
) -> dict[str, ImportedGenerator]:
    """Makes a model folder of generators that another program trained.

    Args:
        sources: one or two files.
        target: the model folder to write.
        norm_epsilon: of the instance normalization; None for what is usual in files of this kind.
        padding: as of `GeneratorSpec`; None for what is usual.
        overwrite: replace a model folder that is there.

    Returns:
        What was found, by direction.

    Raises:
        OutputError: if the target exists or cannot be written.
        ModelError: if a file cannot be read, or holds no generator that we know.
        UsageError: if it is not clear which of several networks is meant.
    """
    _check_target(target, overwrite=overwrite)
    given = {"norm_epsilon": norm_epsilon, "padding": padding}
    given = {name: value for name, value in given.items() if value is not None}
    imported, networks = {}, {}
    for source in sources:
        weights = read_weights(source.path)
        for direction, found in _choose(source, _generators(weights, given)).items():
            imported[direction] = _description(weights, found)
            networks[direction] = _built(weights, found, direction)
    generators = {direction: found.generator for direction, found in imported.items()}
    save_model(target, networks, ModelCard(generators, None, provenance=_provenance(imported)))
    return imported


def _check_target(target: Path, *, overwrite: bool) -> None:
    if not target.parent.is_dir():
        raise OutputError(f"no folder to write into: {target.parent}", fix="make it first")
    if not target.exists():
        return
    if not overwrite:
        raise OutputError(f"output exists: {target}", fix="give --overwrite or another name")
    if not (target / CARD_FILE).is_file():
        raise OutputError(
            f"not a model folder: {target}", detail="only such a folder is replaced", fix="give another name"
        )
    check_no_other_files(target, MODEL_FILES)


def _generators(weights: StoredWeights, given: dict) -> list[FoundGenerator]:
    try:
        found = find_generators(weights, replace(ASSUMED[weights.layout], **given))
    except Misfit as misfit:
        raise ModelError(
            f"weights of another architecture in {weights.path}",
            detail=str(misfit),
            fix="import a generator: ResNet with 6 or 9 blocks or, from PyTorch, U-Net 128 or 256, each with "
            "instance normalization",
        ) from misfit
    for generator in found:
        # The same numbers could stand for many layers and grow as they are read.
        if generator.match.num_parameters * _SMALLEST_NUMBER > weights.size_bytes:
            needed = f"{generator.match.num_parameters} numbers in {weights.size_bytes} bytes"
            raise unreadable(weights.path, needed, fix=SAVE_WEIGHTS_ALONE)
    return found


def _choose(source: Source, found: list[FoundGenerator]) -> dict[str, FoundGenerator]:
    if source.network is not None:
        named = [generator for generator in found if generator.name == source.network]
        if not named:
            raise _unclear(found, f"no generator {quoted(source.network)} in {source.path}")
        return {source.direction or named[0].direction or "ab": named[0]}
    if len(found) == 1:
        return {source.direction or found[0].direction or "ab": found[0]}
    directions = {generator.direction: generator for generator in found}
    if len(found) != 2 or set(directions) != {"ab", "ba"}:
        raise _unclear(found, f"several generators in {source.path}")
    return directions if source.direction is None else {source.direction: directions[source.direction]}


def _unclear(found: list[FoundGenerator], what: str) -> UsageError:
    if len(found) == 1:
        return UsageError(
            what, detail="found one generator alone", fix="leave --network and --ba-network out"
        )
    names = ", ".join(quoted(generator.name) for generator in found)
    return UsageError(
        what, detail=f"found {names}", fix="name one with --network, and the other with --ba-network"
    )


def _built(weights: StoredWeights, found: FoundGenerator, direction: str):
    """Builds the generator and gives it its weights."""
    try:
        arrays = found.match.read()
    except NotFinite as error:
        raise ModelError(
            f"weights that are not finite in {weights.path}",
            detail=str(error),
            fix="take a checkpoint from before the training diverged",
        ) from error
    except Refused as error:
        raise unreadable(weights.path, str(error)) from error
    network = build_generator(found.match.spec, f"generator_{direction}")
    assign_arrays(network_variables(network), arrays, weights.path)
    return network


def _description(weights: StoredWeights, found: FoundGenerator) -> ImportedGenerator:
    return ImportedGenerator(
        file=weights.path.name,
        format=weights.format,
        sha256={path.name: sha256(path) for path in weights.files},
        network=found.name,
        generator=found.match.spec,
        parameters=found.match.num_parameters,
        notes=(_STATISTICS,) if found.match.ignores_statistics else (),
    )


def _provenance(imported: dict[str, ImportedGenerator]) -> dict:
    return {
        "imported": {
            direction: {
                "file": found.file,
                "format": found.format,
                "network": found.network,
                "sha256": found.sha256,
            }
            for direction, found in imported.items()
        },
        "saved": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cyclegan_tf": __version__,
    }
