"""The description and provenance of a model, for `cyclegan-tf info`."""

from dataclasses import asdict
from pathlib import Path

from cyclegan_tf.images.sizes import size_text
from cyclegan_tf.inference.large_pictures import whole_pass_bytes
from cyclegan_tf.models.card import ModelCard, load_card, weights_checksum
from cyclegan_tf.models.folder import load_generator
from cyclegan_tf.models.run import Run, find_model
from cyclegan_tf.networks.specs import GeneratorSpec
from video.core.disk import format_bytes, size_of

_NAMES = {"ab": "A to B", "ba": "B to A"}
_SIZE_OF_THE_EXAMPLE = (1080, 1920)


def describe_model(path: str | Path) -> dict:
    """Describe a model; every generator is built and its weights are read and checked.

    Args:
        path: a model folder or a run folder.

    Returns:
        The description, ready for JSON.

    Raises:
        ModelError: if there is no model, or it is damaged.
    """
    folder = find_model(Path(path))
    card = load_card(folder)
    return {
        "model": str(folder),
        "finished": _is_finished(Path(path), folder),
        "size_bytes": size_of(folder),
        "directions": {name: _direction(folder, card, name) for name in card.generators},
        "training_size": card.training_size and size_text(card.training_size),
        "masked": card.masked,
        "precision": card.precision,
        "pixel_ranges": {domain: card.pixel_ranges.get(domain) for domain in ("a", "b")},
        "provenance": card.provenance,
    }


def model_text(fields: dict) -> str:
    """Return the description for people."""
    size = fields["training_size"]
    ranges = {domain: limits for domain, limits in fields["pixel_ranges"].items() if limits}
    lines = [f"{fields['model']}  {format_bytes(fields['size_bytes'])}"]
    if fields["finished"] is not None:
        lines.append("run            " + ("finished" if fields["finished"] else "not finished"))
    for name, direction in fields["directions"].items():
        lines += _direction_lines(name, direction)
    lines.append(f"trained at     {f'{size} pixels' if size else 'an unknown size'}")
    lines.append(f"precision      {fields['precision']} in training")
    if fields["masked"]:
        lines.append("masks          its mask network composites each translation over its input")
    lines += [f"range of {domain.upper()}     {low:g} to {high:g}" for domain, (low, high) in ranges.items()]
    lines += [f"{name:14} {value}" for name, value in _flat(fields["provenance"])]
    return "\n".join(lines)


def _direction(folder: Path, card: ModelCard, name: str) -> dict:
    spec = card.generators[name]
    # Reads and checks the weights, checksum and all.
    generator = load_generator(folder, name)
    return {
        **asdict(spec),
        "parameters": generator.count_params(),
        "stride": spec.stride,
        "smallest_size": spec.smallest_size,
        "bytes_for_1920x1080": whole_pass_bytes(generator, _padded(spec, _SIZE_OF_THE_EXAMPLE)),
        "sha256": weights_checksum(folder, name),
    }


def _direction_lines(name: str, fields: dict) -> list[str]:
    channels = f"{fields['input_channels']} to {fields['output_channels']} channels"
    norm = "affine instance norm" if fields["norm_affine"] else "instance norm"
    norm = f"{norm} (epsilon {fields['norm_epsilon']:g})"
    blurred = ", blurred downsampling" if fields["downsampling"] == "blur" else ""
    memory = format_bytes(fields["bytes_for_1920x1080"])
    return [
        f"{_NAMES.get(name, name):14} {fields['architecture']}, width {fields['width']}, {channels}, "
        f"{fields['parameters']:,} parameters",
        f"{'':14} {norm}, {fields['padding']} padding, {fields['upsampling']} upsampling{blurred}",
        f"{'':14} any size (stride {fields['stride']}); 1920x1080 in one pass takes about {memory}",
        f"{'':14} weights intact, sha256 {fields['sha256']}",
    ]


def _padded(spec: GeneratorSpec, size: tuple[int, int]) -> tuple[int, int]:
    height, width = (side + -side % spec.stride for side in size)
    return height, width


def _is_finished(path: Path, folder: Path) -> bool | None:
    """Tell whether the run has ended; None for a model without a run."""
    run = Run(path if path.resolve() != folder.resolve() else folder.parent)
    return run.summary.is_file() if run.config.is_file() else None


def _flat(values: dict, prefix: str = "") -> list[tuple[str, object]]:
    """Return nested values with their names joined by dots."""
    found = []
    for name, value in values.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        elif value != "":
            found.append((f"{prefix}{name}", value))
    return found
