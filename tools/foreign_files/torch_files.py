"""Writes testdata/foreign/torch by litert-torch 0.10: python tools/foreign_files/torch_files.py FOLDER.

None of kelt's environments has that package: pip install litert-torch, in one of its own.
"""

import pathlib
import sys

import litert_torch
import torch
from litert_torch.hlfb import StableHLOCompositeBuilder
from torch import nn
from torch.nn import functional


class ConvNet(nn.Module):
    """NCHW: the converter transposes, and lays a batch norm into the convolution before it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.depthwise = nn.Conv2d(16, 16, 3, padding=1, groups=16)
        self.pointwise = nn.Conv2d(16, 64, 1)
        self.up = nn.ConvTranspose2d(64, 16, 2, stride=2, bias=False)
        self.head = nn.Linear(16, 32)

    def forward(self, image):
        x = torch.relu(self.norm(self.stem(image)))
        x = functional.hardswish(self.depthwise(x))
        x = torch.relu(self.pointwise(x))
        return self.head(self.up(x).amax(dim=(2, 3)))


class Block(nn.Module):
    """A transformer's block behind its table of embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(64, 32)
        self.norm1 = nn.LayerNorm(32)
        self.qkv = nn.Linear(32, 96, bias=False)
        self.out = nn.Linear(32, 32)
        self.norm2 = nn.LayerNorm(32)
        self.up = nn.Linear(32, 32)
        self.down = nn.Linear(32, 32)

    def forward(self, ids):
        x = self.table(ids)
        q, k, v = self.qkv(self.norm1(x)).reshape(1, -1, 3, 4, 8).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(attended.permute(0, 2, 1, 3).reshape(x.shape))
        return x + self.down(functional.gelu(self.up(self.norm2(x))))


class Scores(nn.Module):
    """The block, and a head whose weights are the table's."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.block = block

    def forward(self, ids):
        return self.block(ids) @ self.block.table.weight.T


class Composite(nn.Module):
    """A product within a composite that no runtime knows: it runs the subgraph that says what it computes."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(32, 32)
        self.second = nn.Linear(32, 32)

    def forward(self, x):
        builder = StableHLOCompositeBuilder("kelt.unknown")
        y = builder.mark_inputs(self.first(x))
        return builder.mark_outputs(torch.tanh(self.second(y)))


def main(folder: pathlib.Path) -> None:
    torch.manual_seed(0)
    net = ConvNet().eval()
    with torch.no_grad():
        net.norm.running_mean.normal_()
        net.norm.running_var.uniform_(0.5, 2)
    block = Block().eval()
    ids = torch.arange(8, dtype=torch.int32)[None]
    litert_torch.convert(net, (torch.randn(1, 3, 16, 16),)).export(str(folder / "convnet.tflite"))
    litert_torch.convert(Composite().eval(), (torch.randn(4, 32),)).export(str(folder / "composite.tflite"))
    both = litert_torch.signature("encode", block, (ids,)).signature("score", Scores(block).eval(), (ids[:, :4],))
    both.convert().export(str(folder / "transformer.tflite"))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
