"""The reference's training step in plain PyTorch: a witness for golden numbers, a rival for benchmarks."""

import torch
import torch_networks as networks
from torch.nn import functional


class Training:
    """CycleGAN's steps as the reference takes them: both generators, then both discriminators.

    G_A translates A to B, and D_A judges B. There is no history of translations; the reference's gives back
    what it gets until it is full.

    Args:
        width: channels of the first layer of each network.

    Attributes:
        networks: by name, G_A, G_B, D_A and D_B.
    """

    def __init__(self, width: int):
        generators = {name: networks.resnet(width, 6) for name in ("G_A", "G_B")}
        self.networks = generators | {name: networks.patch_gan(width, 3) for name in ("D_A", "D_B")}
        self.optimizers = [self._adam("G_A", "G_B"), self._adam("D_A", "D_B")]

    def step(self, real_a: torch.Tensor, real_b: torch.Tensor) -> tuple[dict, dict]:
        """Return the losses as they were before the update, and the fakes."""
        g_a, g_b = self.networks["G_A"], self.networks["G_B"]
        self._let_judges_learn(False)
        fake_b, fake_a = g_a(real_a), g_b(real_b)
        losses = {
            "G_A": squared(self.networks["D_A"](fake_b), 1.0),
            "G_B": squared(self.networks["D_B"](fake_a), 1.0),
            "cycle_A": 10.0 * functional.l1_loss(g_b(fake_b), real_a),
            "cycle_B": 10.0 * functional.l1_loss(g_a(fake_a), real_b),
            "idt_A": 5.0 * functional.l1_loss(g_a(real_b), real_b),
            "idt_B": 5.0 * functional.l1_loss(g_b(real_a), real_a),
        }
        self._update(self.optimizers[0], losses)
        self._let_judges_learn(True)
        judged = {
            "D_A": self._judge("D_A", real_b, fake_b.detach()),
            "D_B": self._judge("D_B", real_a, fake_a.detach()),
        }
        self._update(self.optimizers[1], judged)
        return losses | judged, {"fake_a": fake_a, "fake_b": fake_b}

    def _let_judges_learn(self, learn: bool) -> None:
        # Saves the gradients of weights that the generators' step does not change.
        for name in ("D_A", "D_B"):
            self.networks[name].requires_grad_(learn)

    def _judge(self, name: str, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        network = self.networks[name]
        return (squared(network(real), 1.0) + squared(network(fake), 0.0)) / 2

    def _adam(self, *names: str) -> torch.optim.Adam:
        weights = [weight for name in names for weight in self.networks[name].parameters()]
        return torch.optim.Adam(weights, lr=2e-4, betas=(0.5, 0.999))

    def _update(self, optimizer: torch.optim.Adam, losses: dict) -> None:
        for network in self.networks.values():
            network.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()


def squared(logits: torch.Tensor, target: float) -> torch.Tensor:
    """Return the loss of least squares."""
    return functional.mse_loss(logits, torch.full_like(logits, target))
