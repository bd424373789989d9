"""What the processor can compute by itself."""

from pathlib import Path

_FLAGS_OF_BFLOAT16 = {"avx512_bf16", "amx_bf16"}
_DESCRIPTION = Path("/proc/cpuinfo")


def has_bfloat16() -> bool:
    """Tell whether the processor has instructions for bfloat16; emulated, it is slower than float32."""
    return bool(_flags() & _FLAGS_OF_BFLOAT16)


def _flags() -> set[str]:
    try:
        lines = _DESCRIPTION.read_text().splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith("flags") for flag in line.split()}
