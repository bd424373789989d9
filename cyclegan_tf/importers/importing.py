"""Import of files of other programs into a model folder."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cyclegan_tf import __version__
from cyclegan_tf.containers.stored import SAVE_WEIGHTS_ALONE, Refused, StoredWeights, quoted, unreadable
from cyclegan_tf.errors import ModelError, OutputError, UsageError
from cyclegan_tf.importers.formats import read_weights
from cyclegan_tf.importers.matching import ASSUMED, NotFinite
from cyclegan_tf.importers.networks_in_file import FoundGenerator, find_generators
from cyclegan_tf.importers.pairing import Mismatch
from cyclegan_tf.models.card import ModelCard
from cyclegan_tf.models.folder import MODEL_FILES, save_model
from cyclegan_tf.models.naming import promised_suffix
from cyclegan_tf.models.run import CARD_FILE
from cyclegan_tf.models.weights import assign_arrays, network_variables
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec
from cyclegan_tf.system.progress import progress_display
from video.core.files import check_no_other_files, sha256

# Bytes of the smallest number format that weights are stored in.
_SMALLEST_ITEM = 2
_NAMED = 8
_STATISTICS = "the running statistics in the file were left out: instance normalization does not use them"


@dataclass(frozen=True)
class Source:
    """A file to import, and which generator to take from it.

    Attributes:
        path: a file, as for `read_weights`.
        direction: "ab" or "ba". None takes it from the names in the file, and "ab" if they do not say.
        network: name in the file of the network to import; None if there is only one.
    """

    path: Path
    direction: str | None = None
    network: str | None = None


@dataclass(frozen=True)
class ImportedGenerator:
    """A generator that was imported from a file.

    Attributes:
        file: name of the file.
        format: kind of the file, in words.
        sha256: digest of each file that was read, by name.
        network: name of the network in the file; empty if the file holds nothing else.
        generator: the architecture that was recognised.
        parameters: number of weights that came from the file.
        notes: sentences for the user.
    """

    file: str
    format: str
    sha256: dict[str, str]
    network: str
    generator: GeneratorSpec
    parameters: int
    notes: tuple[str, ...]


def import_model(
    sources: str | Path | Sequence[str | Path | Source],
    target: str | Path,
    *,
    norm_epsilon: float | None = None,
    padding: str | None = None,
    overwrite: bool = False,
    progress: str = "none",
) -> dict[str, ImportedGenerator]:
    """Import generators that another program trained into a model folder.

    Args:
        sources: a file; or two, the first of which translates A to B. `Source` says more about one.
        target: the model folder to write.
        norm_epsilon: epsilon of the instance normalizations; None for the default of this kind of file.
        padding: as in `GeneratorSpec`; None for the default of this kind of file.
        overwrite: replace an existing model folder.
        progress: on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Returns:
        What was imported, by direction.

    Raises:
        OutputError: the target exists or cannot be written.
        ModelError: a file cannot be read, or its generator is of an unknown architecture.
        UsageError: the file holds several networks and it is not clear which one is meant.
    """
    target, sources = Path(target), as_sources(sources)
    check_target(target, overwrite=overwrite)
    imported, networks = {}, {}
    with progress_display("importing", len(sources), unit="files", kind=progress) as display:
        for source in sources:
            for direction, weights, found in _found(source, norm_epsilon, padding):
                imported[direction] = _description(weights, found)
                networks[direction] = _built(weights, found, direction)
            display.advance()
    generators = {direction: found.generator for direction, found in imported.items()}
    save_model(target, networks, ModelCard(generators, None, provenance=_provenance(imported)))
    return imported


def inspect_files(
    sources: str | Path | Sequence[str | Path | Source],
    *,
    norm_epsilon: float | None = None,
    padding: str | None = None,
) -> dict[str, ImportedGenerator]:
    """Find the generators that `import_model` would take, and write nothing; arguments as there."""
    return {
        direction: _description(weights, found)
        for source in as_sources(sources)
        for direction, weights, found in _found(source, norm_epsilon, padding)
    }


def as_sources(given: str | Path | Sequence[str | Path | Source]) -> list[Source]:
    """Return files as `Source`; of two files the first translates A to B, the second B to A."""
    if isinstance(given, str | Path):
        return [Source(Path(given))]
    directions = ("ab", "ba") if len(given) == 2 else (None,) * len(given)
    return [
        item if isinstance(item, Source) else Source(Path(item), direction)
        for item, direction in zip(given, directions)
    ]


def _found(
    source: Source, norm_epsilon: float | None, padding: str | None
) -> Iterator[tuple[str, StoredWeights, FoundGenerator]]:
    given = {"norm_epsilon": norm_epsilon, "padding": padding}
    weights = read_weights(source.path)
    known = {name: value for name, value in given.items() if value is not None}
    for direction, found in _choose(source, _generators(weights, known)).items():
        yield direction, weights, found


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a target that cannot be written, or is there and is not to be replaced.

    Raises:
        UsageError: its name is that of a file.
        OutputError: says which it is.
    """
    suffix = promised_suffix(target, is_meant=target.is_dir())
    if suffix:
        raise UsageError(
            f"a model is a folder, and this is the name of a file: {target}",
            detail="other programs would take it for one of their own files",
            fix=f"leave {suffix} out; `cyclegan-tf export` writes files for other programs",
        )
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
    except Mismatch as mismatch:
        objects = f"; left out: {_named(weights.left_out)}" if weights.left_out else ""
        raise ModelError(
            f"weights of another architecture in {weights.path}",
            detail=f"{mismatch}{objects}",
            fix="import a generator: ResNet with 6 or 9 blocks or, from PyTorch, U-Net 128 or 256, each with "
            "instance normalization",
        ) from mismatch
    for generator in found:
        # Many layers may share the same stored numbers, which then take more memory than the file.
        if generator.match.num_parameters * _SMALLEST_ITEM > weights.size_bytes:
            needed = f"{generator.match.num_parameters} weights in {weights.size_bytes} bytes"
            raise unreadable(weights.path, needed, fix=SAVE_WEIGHTS_ALONE)
    return found


def _choose(source: Source, found: list[FoundGenerator]) -> dict[str, FoundGenerator]:
    if source.network is not None:
        named = [generator for generator in found if generator.name == source.network]
        if not named:
            raise _ambiguous(found, f"no generator {quoted(source.network)} in {source.path}")
        return {source.direction or named[0].direction or "ab": named[0]}
    if len(found) == 1:
        return {source.direction or found[0].direction or "ab": found[0]}
    directions = {generator.direction: generator for generator in found}
    if len(found) != 2 or set(directions) != {"ab", "ba"}:
        raise _ambiguous(found, f"several generators in {source.path}")
    return directions if source.direction is None else {source.direction: directions[source.direction]}


def _ambiguous(found: list[FoundGenerator], what: str) -> UsageError:
    if len(found) == 1:
        return UsageError(what, detail="found only one generator", fix="leave --network and --ba-network out")
    names = ", ".join(quoted(generator.name) for generator in found)
    return UsageError(
        what, detail=f"found {names}", fix="name one with --network, and the other with --ba-network"
    )


def _built(weights: StoredWeights, found: FoundGenerator, direction: str):
    """Build the generator and assign its weights."""
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
        notes=tuple(_notes(weights, found)),
    )


def _notes(weights: StoredWeights, found: FoundGenerator) -> Iterator[str]:
    if found.match.ignores_statistics:
        yield _STATISTICS
    if weights.left_out:
        yield f"objects of other programs in the file were left out, not run: {_named(weights.left_out)}"


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(quoted(name.replace(" ", ".")) for name in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


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
