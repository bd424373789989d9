"""Validation of encoder options with helpful errors: FFmpeg silently ignores unknown names."""

import difflib
import subprocess
import sys
from collections.abc import Iterable, Mapping

import av
from av.codec.context import OptionFlags, OptionType

from video.core.errors import UsageError
from video.encoding.codecs import Codec

# Options that contain options of the encoder library, as name=value:name=value.
NESTED = ("x264-params", "x265-params", "svtav1-params", "x264opts")
_NUMBERS = (OptionType.INT, OptionType.INT64, OptionType.FLOAT, OptionType.DOUBLE, OptionType.UINT64)
_PROBE_SECONDS = 60

# x264 and x265 only log unknown options. Capturing PyAV's log is not safe while threads run, so a child
# process opens the encoder and prints its log.
_PROBE = """
import sys, av
name, pix_fmt, option, value = sys.argv[1:]
av.logging.set_level(av.logging.WARNING)
context = av.CodecContext.create(name, "w")
context.width = context.height = 64
context.pix_fmt, context.framerate, context.thread_count = pix_fmt, 25, 1
context.options = {option: value}
with av.logging.Capture(local=False) as lines:
    context.open()
print(*(line[2].strip() for line in lines), sep="\\n", flush=True)
"""


def closest(word: str, words: Iterable[str]) -> str:
    """Return 'did you mean X?' for the most similar word; empty if none is similar."""
    found = difflib.get_close_matches(word, list(words), 1)
    return f"did you mean {found[0]}?" if found else ""


def check_crf(codec: Codec, crf: int) -> None:
    """Raise UsageError unless the encoder accepts this constant rate factor."""
    if codec.crf is None:
        raise UsageError(
            f"{codec.encoder} has no constant rate factor (crf)",
            detail=f"found {crf!r}",
            fix="choose a quality instead: high, good or small",
        )
    lowest, highest = codec.crf
    if isinstance(crf, bool) or not isinstance(crf, int) or not lowest <= crf <= highest:
        usual = codec.qualities["high"][codec.crf_option]
        raise UsageError(
            f"the constant rate factor (crf) is out of range for {codec.encoder}",
            detail=f"expected a whole number from {lowest} (best) to {highest} (smallest); found {crf!r}",
            fix=f"use {usual}, which is visually lossless for most viewers",
        )


def check_preset(codec: Codec, preset: str) -> None:
    """Raise UsageError unless the encoder has this preset."""
    if not codec.preset_option:
        raise UsageError(
            f"{codec.encoder} has no presets",
            detail=f"found {preset!r}",
            fix="leave the preset out; the quality decides",
        )
    preset = str(preset)
    if codec.presets and preset not in codec.presets:
        accepted = ", ".join(codec.presets)
        raise UsageError(
            f"{codec.encoder} has no such preset",
            detail=f"expected one of {accepted}; found {preset!r}",
            fix=(not preset.isdecimal() and closest(preset, codec.presets)) or "leave it out for the default",
        )


def check_options(encoder: str, options: Mapping[str, str]) -> None:
    """Raise UsageError unless the encoder has every option and every value is in range.

    Args:
        encoder: FFmpeg's name of the encoder.
        options: values by FFmpeg's names of the options.
    """
    if not options:
        return
    supported = av.CodecContext.create(encoder, "w").supported_options
    # A private option of the encoder overrides the generic one of the same name.
    known = {option.name: option for option in supported.generic if _is_for_video(option)}
    known |= {option.name: option for option in supported.private}
    for name, value in options.items():
        if name not in known:
            raise UsageError(
                f"{encoder} has no option {name!r}",
                detail=f"found {name}={value}",
                fix=closest(name, known) or f"the options of {encoder} are listed in FFmpeg's documentation",
            )
        _check_value(encoder, known[name], str(value))


def _is_for_video(option) -> bool:
    wanted = OptionFlags.ENCODING_PARAM | OptionFlags.VIDEO_PARAM
    return option.flags & wanted == wanted


def _check_value(encoder: str, option, value: str) -> None:
    if option.type not in _NUMBERS:
        return
    names = [choice.name for choice in option.choices]
    try:
        number = float(value)
    except ValueError:
        # FFmpeg also evaluates expressions: 2M, 1/2, max.
        if not names or value in names:
            return
        fix = closest(value, names) or f"use one of {', '.join(names)}"
    else:
        if option.min <= number <= option.max:
            return
        fix = f"use a number from {option.min:g} to {option.max:g}"
    expected = f"{option.min:g} to {option.max:g}" + (f", or one of {', '.join(names)}" if names else "")
    raise UsageError(
        f"{encoder} has no such value for {option.name}",
        detail=f"expected {expected}; found {value!r}",
        fix=fix,
    )


def check_nested(encoder: str, pix_fmt: str, options: Mapping[str, str]) -> None:
    """Raise UsageError if the encoder library refuses the options inside an option of `NESTED`.

    Args:
        encoder: FFmpeg's name of the encoder.
        pix_fmt: pixel format to open it with.
        options: the user's options; only those of `NESTED` are checked.
    """
    for option in set(options) & set(NESTED):
        command = [sys.executable, "-c", _PROBE, encoder, pix_fmt, option, str(options[option])]
        probe = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
        complaint = probe.stdout.strip() if probe.returncode == 0 else "it cannot be opened with them"
        if complaint:
            raise UsageError(
                f"{encoder} does not understand {option}={options[option]}",
                detail="; ".join(complaint.splitlines()),
                fix="write name=value:name=value, with names from the documentation of the encoder",
            )
