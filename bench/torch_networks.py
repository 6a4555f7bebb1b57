"""Networks of PyTorch that benchmarks and tests export; importing it lets torchvision and timm load without compiled operators."""
import torch
from torch import nn

_register = torch.library.register_fake


def _register_if_there(name, *rest, **options):
    """A torchvision without its compiled operators still has its networks."""
    return (lambda f: f) if name.startswith('torchvision') else _register(name, *rest, **options)


torch.library.register_fake = _register_if_there


def block(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
    )


class UNet(nn.Module):
    """A level for each of `widths`; the way up by transposed convolutions ('transposed') or by interpolation of that mode."""

    def __init__(self, up, widths):
        super().__init__()
        self.up = up
        self.down = nn.ModuleList(block(i, o) for i, o in zip([3] + widths[:-1], widths))
        pairs = list(zip(widths[:0:-1], widths[-2::-1]))
        self.rise = nn.ModuleList(nn.ConvTranspose2d(i, o, 2, 2) if up == 'transposed' else nn.Conv2d(i, o, 1) for i, o in pairs)
        self.join = nn.ModuleList(block(2 * o, o) for _, o in pairs)
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x):
        skips = []
        for level, down in enumerate(self.down):
            x = down(x if level == 0 else nn.functional.max_pool2d(x, 2))
            skips.append(x)
        for rise, join, skip in zip(self.rise, self.join, skips[-2::-1]):
            if self.up != 'transposed':
                x = nn.functional.interpolate(x, scale_factor=2, mode=self.up)
            x = join(torch.cat([rise(x), skip], 1))
        return torch.sigmoid(self.head(x))
