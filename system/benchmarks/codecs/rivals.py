"""Lossless audio codecs, each in memory and in one thread, on the same samples."""

import importlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from system.benchmarks import NotMeasured

__all__ = ["RIVALS", "Coder", "flac", "wavpack"]

FLAC_CHANNELS = 8  # of a file, at most
FLAC_LEVELS = (0, 5, 8)
HIGHEST_FLAC_LEVEL = 8
SAMPLING_RATE_HZ = 24_000
WAVPACK_LEVELS = {1: "fast", 2: "normal", 3: "high", 4: "very_high"}

Codes = npt.NDArray[np.int16]


@dataclass(frozen=True, kw_only=True)
class Coder:
    """A codec with a setting.

    Parameters
    ----------
    encode : callable
        Returns the bytes, in one piece or more, of samples of shape (frames, channels).
    decode : callable
        Returns the samples of what ``encode`` gave.
    """

    encode: Callable[[Codes], Sequence[bytes]]
    decode: Callable[[Sequence[bytes]], Codes]


def flac() -> Mapping[str, Coder]:
    """Return levels of libFLAC, as ``soundfile`` brings it: eight channels a file.

    Returns
    -------
    dict of str to Coder
        By name.

    Raises
    ------
    NotMeasured
        It is not installed.
    """
    soundfile = _module("soundfile")

    def encode(codes: Codes, level: int) -> list[bytes]:
        files = []
        for first in range(0, codes.shape[1], FLAC_CHANNELS):
            file = io.BytesIO()
            soundfile.write(
                file,
                codes[:, first : first + FLAC_CHANNELS],
                SAMPLING_RATE_HZ,
                format="FLAC",
                subtype="PCM_16",
                compression_level=level / HIGHEST_FLAC_LEVEL,
            )
            files.append(file.getvalue())
        return files

    def decode(files: Sequence[bytes]) -> Codes:
        read = (soundfile.read(io.BytesIO(each), dtype="int16", always_2d=True) for each in files)
        return np.concatenate([samples for samples, _ in read], axis=1)

    return {
        f"level_{level}": Coder(
            encode=lambda codes, level=level: encode(codes, level), decode=decode
        )
        for level in FLAC_LEVELS
    }


def wavpack() -> Mapping[str, Coder]:
    """Return modes of WavPack, as ``wavpack_numcodecs`` brings it: a channel a file.

    That makes them smaller than one file of all channels, by 2 %: WavPack codes these in pairs.

    Returns
    -------
    dict of str to Coder
        By name.

    Raises
    ------
    NotMeasured
        It is not installed.
    """
    codec_class = _module("wavpack_numcodecs").WavPack

    def coder(level: int) -> Coder:
        codec = codec_class(level=level, num_encoding_threads=1, num_decoding_threads=1)

        def encode(codes: Codes) -> list[bytes]:
            return [codec.encode(np.ascontiguousarray(column)[:, None]) for column in codes.T]

        def decode(files: Sequence[bytes]) -> Codes:
            columns = [np.frombuffer(codec.decode(each), dtype=np.int16) for each in files]
            return np.stack(columns, axis=1)

        return Coder(encode=encode, decode=decode)

    return {name: coder(level) for level, name in WAVPACK_LEVELS.items()}


RIVALS: dict[str, Callable[[], Mapping[str, Coder]]] = {"flac": flac, "wavpack": wavpack}
"""By name: their settings, or :class:`~system.benchmarks.NotMeasured`."""


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise NotMeasured(f"{name} must be installed: pip install 'axocell[codecs]'") from error
