"""A model, a machine and a text that take milliseconds."""

import torch

from analog_models.attention.geometry import HeadGeometry
from system.attention.hardware import Hardware
from system.attention.texts import Corpus
from system.attention.transformer import Transformer, TransformerConfig

CONFIG = TransformerConfig(vocabulary=256, positions=32, width=16, layers=2, heads=2)
HARDWARE = Hardware(
    geometry=HeadGeometry(head_dim=8, window_tokens=32, tile_tokens=8),
    score_saturation_a=10e-6,
    output_saturation_a=10e-6,
)


def tiny_model(seed=0):
    return Transformer(CONFIG, torch.Generator().manual_seed(seed))


def tiny_corpus():
    text = b"def add(left, right):\n    return left + right\n\n\n" * 60
    tokens = torch.frombuffer(bytearray(text), dtype=torch.uint8)
    return Corpus(name="a function", training=tokens[:2400], validation=tokens[2400:])


def random_tokens(sequences=4, tokens=32):
    return torch.randint(0, 256, (sequences, tokens), generator=torch.Generator().manual_seed(5))
