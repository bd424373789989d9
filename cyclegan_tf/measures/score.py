"""One score of a model, with all that says what it compares with."""

import math
from dataclasses import asdict, dataclass
from typing import Literal

# What people call the scores.
LABELS = {
    "kid": "KID",
    "fid": "FID",
    "share": "share of the class",
    "cycle_l1": "cycle L1",
    "identity_l1": "identity L1",
    "background_l1": "background change L1",
    "psnr": "PSNR to the truth",
    "ssim": "SSIM to the truth",
    "truth_l1": "L1 to the truth",
}


@dataclass(frozen=True)
class Score:
    """A score.

    Attributes:
        name: of LABELS.
        value: the score.
        better: whether lower or higher is better.
        num_translated: translated pictures it is taken from.
        unit: of the value, if it has one.
        num_real: real pictures that it compares with, where it compares with a set.
        standard_error: of the value, in its unit.
        network: name of the feature network or classifier.
        network_sha256: of the network's weights.
        network_resize: what pictures were resized to for the network.
        independent: false where the model was trained against the network.
        classes: that the classifier was to see.
        real_value: the same score of the real pictures of the target domain.
        masks: where the masks came from: "given" or "its own".
    """

    name: str
    value: float
    better: Literal["lower", "higher"]
    num_translated: int
    unit: str | None = None
    num_real: int | None = None
    standard_error: float | None = None
    network: str | None = None
    network_sha256: str | None = None
    network_resize: str | None = None
    independent: bool | None = None
    classes: str | None = None
    real_value: float | None = None
    masks: str | None = None

    @property
    def key(self) -> str:
        """The name of its curve, such as kid/efficientnet-lite0: values of one key compare."""
        return f"{self.name}/{self.network}" if self.network else self.name

    def to_dict(self) -> dict:
        """Return what is known, ready for JSON."""
        fields = {name: value for name, value in asdict(self).items() if value is not None}
        # The PSNR of equal pictures is infinite, which JSON does not have.
        return {**fields, "value": self.value if math.isfinite(self.value) else None}

    def cells(self) -> tuple[str, str, str]:
        """Return label, value and remarks, for a table."""
        error = f" ± {self.standard_error:.2g}" if self.standard_error is not None else ""
        unit = f" {self.unit}" if self.unit else ""
        counts = f"{self.num_translated} pictures"
        if self.num_real is not None:
            counts += f", {self.num_real} real"
        remarks = [counts, self.network, "not independent" if self.independent is False else None]
        remarks += [f"masks {self.masks}" if self.masks else None, self.classes]
        if self.real_value is not None:
            remarks.append(f"real pictures: {self.real_value:.4g}")
        return LABELS[self.name], f"{self.value:.4g}{error}{unit}", "; ".join(filter(None, remarks))
