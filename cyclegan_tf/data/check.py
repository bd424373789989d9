"""A check of a whole data set before training: what it holds and what is wrong with it."""

import functools
import statistics
from collections import Counter
from collections.abc import Iterator

from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.loading import find_pictures
from cyclegan_tf.data.mask_check import check_masks
from cyclegan_tf.data.report import DataReport, DuplicateGroup, FolderReport, count_of
from cyclegan_tf.data.store import SKIPPED_SHARE
from cyclegan_tf.data.survey import Finding, survey
from cyclegan_tf.data.traits import equal_pictures
from cyclegan_tf.images.preprocess import resized_size
from cyclegan_tf.images.sizes import size_text
from cyclegan_tf.system.progress import progress_display

SMALL_SIDE = 100

Findings = dict[str, list[Finding]]


def report_on(findings: Findings, config: Config, *, is_quick: bool = False) -> DataReport:
    """Report what a survey found, without an estimate of the run.

    Args:
        findings: as `survey_all` returns them.
        config: what the pictures are to be used for.
        is_quick: whether headers alone were read.
    """
    duplicates, masks = _duplicates(findings), check_masks(config.data, quick=is_quick)
    return DataReport(
        folders={part: _folder_report(found) for part, found in findings.items()},
        duplicates=duplicates,
        errors=[*_errors(findings, config), *masks.errors],
        warnings=[*_warnings(findings, config), *_duplicate_warnings(duplicates), *masks.warnings],
        suggestion=suggest_preset(findings, None),
        estimate=None,
        is_quick=is_quick,
    )


def survey_all(config: Config, *, quick: bool = False, progress: str = "none") -> Findings:
    """Survey every picture of a data set; what is wrong with one is in its finding.

    Args:
        config: where the pictures are, and what they become.
        quick: read headers alone.
        progress: on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Raises:
        DataError: a folder or list is missing or empty.
        ConfigError: A and B are the same.
        UsageError: TensorFlow Datasets is needed and not installed.
    """
    items, limit = find_pictures(config.data), config.data.max_pixels
    look = functools.partial(survey, preprocess=config.preprocess, max_pixels=limit, quick=quick)
    total = sum(map(len, items.values()))
    with progress_display("checking", total, unit="pictures", kind=progress) as display:
        return {part: look(pictures, on_picture=display.advance) for part, pictures in items.items()}


def suggest_preset(findings: Findings, has_gpu: bool | None) -> str:
    """Name the preset for a data set and say why; has_gpu is None if unknown."""
    sides = [min(finding.size) for found in findings.values() for finding in found if finding.size]
    side = round(statistics.median(sides)) if sides else 0
    if sides and side < SMALL_SIDE:
        return f"demo, since the pictures are small: the shorter side is {side} px in the middle of them"
    if has_gpu is None:
        return "cpu-128, or paper-256 on a machine with a GPU"
    return "paper-256, since there is a GPU" if has_gpu else "cpu-128, since there is no GPU"


def _folder_report(found: list[Finding]) -> FolderReport:
    sizes = sorted((f.size for f in found if f.size), key=lambda size: (size[0] * size[1], size))
    shown = [size_text(sizes[i]) for i in (0, len(sizes) // 2, -1)] if sizes else [None] * 3
    unusable: dict[str, list[tuple[str, str]]] = {}
    for finding in found:
        if finding.problem:
            unusable.setdefault(finding.problem, []).append((finding.name, finding.reason))
    return FolderReport(
        count=len(found),
        num_sizes=len(set(sizes)),
        smallest=shown[0],
        median=shown[1],
        largest=shown[2],
        modes=dict(Counter(f.mode for f in found if f.mode).most_common()),
        profiles=dict(Counter(f.profile for f in found if f.profile).most_common()),
        unusable=unusable,
        flat=[f.name for f in found if f.traits and f.traits.is_flat],
        num_grey=sum(f.traits.is_grey for f in found if f.traits),
        num_grey_as_rgb=sum(f.traits.is_grey and f.mode == "RGB" for f in found if f.traits),
    )


def _duplicates(findings: Findings) -> list[DuplicateGroup]:
    pictures = [(part, finding) for part, found in findings.items() for finding in found if finding.traits]
    groups = equal_pictures(finding.traits.digest for _, finding in pictures)
    return [_group([pictures[position] for position in group]) for group in groups]


def _group(pictures: list[tuple[str, Finding]]) -> DuplicateGroup:
    files: dict[str, list[str]] = {}
    for part, finding in pictures:
        files.setdefault(part, []).append(finding.name)
    return DuplicateGroup(
        files,
        within_a_folder=any(len(names) > 1 for names in files.values()),
        across_domains=len({part[-1] for part in files}) > 1,
        train_and_test=len({part[:-1] for part in files}) > 1,
    )


def _errors(findings: Findings, config: Config) -> Iterator[str]:
    for part, found in findings.items():
        if all(finding.problem for finding in found):
            yield f"{part} holds no usable picture"
    num_bad = sum(bool(finding.problem) for found in findings.values() for finding in found)
    if _stops(num_bad, sum(map(len, findings.values())), config):
        yield f"{count_of(num_bad, 'picture')} cannot be used"
    sizes = {finding.size for part in ("trainA", "trainB") for finding in findings[part] if finding.size}
    if config.data.preprocess == "none" and len(sizes) > 1:
        yield f"pictures of {len(sizes)} sizes, where data.preprocess = none needs a single one"


def _stops(num_bad: int, num_pictures: int, config: Config) -> bool:
    return num_bad > (SKIPPED_SHARE * num_pictures if config.data.on_bad_image == "skip" else 0)


def _warnings(findings: Findings, config: Config) -> Iterator[str]:
    data, usable = config.data, [f for found in findings.values() for f in found if not f.problem]
    num_bad = sum(map(len, findings.values())) - len(usable)
    if num_bad and not _stops(num_bad, num_bad + len(usable), config):
        yield f"{count_of(num_bad, 'picture')} will be skipped, as data.on_bad_image says"
    num_oblong = sum(f.size[0] != f.size[1] for f in usable)
    if data.preprocess == "resize_and_crop" and num_oblong:
        yield (
            f"{count_of(num_oblong, 'picture')} will be squashed to a square; "
            "data.preprocess = scale_shortside_and_crop keeps the aspect"
        )
    num_small = sum(min(f.size) < min(resized_size(f.size, config.preprocess)) for f in usable)
    if num_small:
        yield f"{count_of(num_small, 'picture')} will be enlarged to data.load_size = {data.load_size}"
    num_flat = sum(f.traits.is_flat for f in usable if f.traits)
    if num_flat:
        yield f"{count_of(num_flat, 'picture')} of a single colour; --json names them"
    yield from _domain_warnings(findings, config)


def _domain_warnings(findings: Findings, config: Config) -> Iterator[str]:
    data = config.data
    settings = ((data.channels_a, data.range_a), (data.channels_b, data.range_b))
    for domain, (channels, limits) in zip("AB", settings):
        found = [f for part, found in findings.items() if part[-1] == domain for f in found if not f.problem]
        num_grey = sum(f.traits.is_grey for f in found if f.traits)
        if channels == 3 and num_grey:
            as_rgb = sum(f.traits.is_grey and f.mode == "RGB" for f in found if f.traits)
            yield (
                f"{num_grey} of {count_of(len(found), 'picture')} of domain {domain} are grey, "
                f"{as_rgb} of them stored as RGB; is that meant?"
            )
        yield from _profile_warnings(domain, found)
        num_wide = sum(f.mode == "16-bit" for f in found)
        if num_wide and limits is None:
            yield (
                f"{count_of(num_wide, '16-bit picture')} of domain {domain} will be mapped from 0 to 65535; "
                f"data.range_{domain.lower()} = [low, high] says otherwise"
            )


def _profile_warnings(domain: str, found: list[Finding]) -> Iterator[str]:
    counts = Counter(f.profile for f in found if f.profile)
    if counts:
        names = ", ".join(f"{name} {count}" for name, count in counts.most_common())
        yield (
            f"{counts.total()} of {count_of(len(found), 'picture')} of domain {domain} have another colour "
            f"profile than sRGB ({names}) and will be converted to sRGB"
        )
    num_wide = sum(bool(f.profile) and f.mode == "16-bit" for f in found)
    if num_wide:
        yield (
            f"{num_wide} of those have 16 bits, whose numbers are taken as they are: "
            "convert them to sRGB, or to 8 bits"
        )


def _duplicate_warnings(groups: list[DuplicateGroup]) -> Iterator[str]:
    for text, chosen in (
        ("within a folder", [group for group in groups if group.within_a_folder]),
        ("in both domains", [group for group in groups if group.across_domains]),
        ("in training and test", [group for group in groups if group.train_and_test]),
    ):
        if chosen:
            first = [name for names in chosen[0].files.values() for name in names]
            yield f"{count_of(len(chosen), 'group')} of equal pictures {text}, first {' = '.join(first[:2])}"
