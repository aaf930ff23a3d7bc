"""Texts to train on and to be judged by: Python's own sources, or a file of the user's."""

import hashlib
import sysconfig
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from system.errors import UserError

__all__ = ["Corpus", "corpus_of", "standard_library"]

# Not code as people write it, or not there on every system.
LEFT_OUT = {
    "__pycache__", "dist-packages", "encodings", "idlelib", "lib2to3", "pydoc_data",
    "site-packages", "test", "tests", "turtledemo",
}  # fmt: skip
ONE_IN = 32  # files, for validation
HELD_OUT = 10  # the last tenth of a text, for validation


@dataclass(frozen=True, kw_only=True, eq=False)
class Corpus:
    """Tokens to train on, and tokens to be judged by.

    Parameters
    ----------
    name : str
        What they are.
    training, validation : Tensor
        Of any integer type; bytes are their own tokens.
    unit : str
        What one token is.
    """

    name: str
    training: Tensor
    validation: Tensor
    unit: str = "token"

    @property
    def sha256(self) -> str:
        """Digest of both parts, in hexadecimal."""
        digest = hashlib.sha256(self.training.numpy().tobytes())
        digest.update(self.validation.numpy().tobytes())
        return digest.hexdigest()

    def batch(self, step: int, *, sequences: int, tokens: int, seed: int) -> tuple[Tensor, Tensor]:
        """Return random sequences of the training text and what follows each of their tokens.

        Parameters
        ----------
        step : int
            The batch's number: each has its own draw, so that training can go on anywhere.
        sequences, tokens : int
            Shape of the batch.
        seed : int
            Seed of all batches.

        Returns
        -------
        tuple of (Tensor, Tensor)
            Inputs and targets, int64, shape (sequences, tokens).
        """
        rng = np.random.default_rng((seed, step))
        starts = torch.from_numpy(rng.integers(0, len(self.training) - tokens, sequences))
        picked = self.training[starts[:, None] + torch.arange(tokens + 1)].long()
        return picked[:, :-1], picked[:, 1:]

    def validation_windows(self, tokens: int) -> tuple[Tensor, Tensor]:
        """Return the validation text cut into windows, and what follows each of their tokens.

        Parameters
        ----------
        tokens : int
            Length of a window; a shorter rest is left out.

        Returns
        -------
        tuple of (Tensor, Tensor)
            Inputs and targets, int64, shape (windows, tokens).
        """
        count = (len(self.validation) - 1) // tokens
        inputs = self.validation[: count * tokens].view(count, tokens).long()
        targets = self.validation[1 : count * tokens + 1].view(count, tokens).long()
        return inputs, targets


def standard_library(folder: Path | None = None) -> Corpus:
    """Return the sources of Python's standard library; one file in 32 is for validation.

    Parameters
    ----------
    folder : Path, optional
        Where they are; those of the running Python unless told.

    Returns
    -------
    Corpus
        The same on every machine with the same version of Python.

    Raises
    ------
    UserError
        The folder holds no sources.
    """
    folder = Path(sysconfig.get_paths()["stdlib"]) if folder is None else folder
    parts: dict[bool, list[bytes]] = {False: [], True: []}
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder)
        if LEFT_OUT.isdisjoint(name.parts):
            held_out = zlib.crc32(name.as_posix().encode()) % ONE_IN == 0
            parts[held_out].append(path.read_bytes())
    if not all(parts.values()):
        raise UserError(f"{folder}: must hold the Python sources to train on, but does not")
    training, validation = (
        torch.frombuffer(bytearray(b"".join(parts[each])), dtype=torch.uint8)
        for each in (False, True)
    )
    return Corpus(
        name="Python's standard library",
        training=training,
        validation=validation,
        unit="character",
    )


def corpus_of(name: str, tokens: Tensor, *, window: int) -> Corpus:
    """Return a text whose last tenth is for validation.

    Parameters
    ----------
    name : str
        What it is.
    tokens : Tensor
        Its tokens.
    window : int
        Length of the sequences that will be cut out of both parts.

    Returns
    -------
    Corpus
        Both parts.

    Raises
    ------
    UserError
        A part is shorter than a window and the token that follows.
    """
    held_out = len(tokens) // HELD_OUT
    if held_out <= window:
        raise UserError(
            f"{name}: must have more than {HELD_OUT * (window + 1) - 1} tokens, so that its last "
            f"tenth is longer than a window of {window}, but has {len(tokens)}"
        )
    return Corpus(name=name, training=tokens[:-held_out], validation=tokens[-held_out:])
