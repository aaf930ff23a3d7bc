"""Differences of which an NLMS predictor learns: tones that it comes to know, and their ends."""

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import Kind, coding_layout
from rtl.nlms_predictor import NlmsPredictorConfig
from rtl.packet_format import HEADER_BYTES
from verification.payloads import payload_dtype

__all__ = ["ADAPTIVE", "difference_packet", "learning_packets"]

ADAPTIVE = 8  # in the second byte of a header
LONGER_THAN_HASTE = 300  # differences after which steps are as small as they get


def difference_packet(
    config: NlmsPredictorConfig,
    differences: npt.ArrayLike,
    *,
    channel: int = 0,
    said: int = ADAPTIVE,
) -> npt.NDArray[np.void]:
    """Return the beats of a packet: a header, a fresh sample that is zero, and differences.

    Parameters
    ----------
    config : NlmsPredictorConfig
        The configuration of the hardware.
    differences : array_like of int
        The differences.
    channel : int
        The channel.
    said : int
        Second byte of the header.

    Returns
    -------
    ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    """
    differences = np.asarray(differences).astype(np.int64)
    layout = coding_layout(config.sample_width, config.channels)
    beats = np.zeros(HEADER_BYTES + 1 + len(differences), dtype=payload_dtype(layout))
    beats["channel"] = channel
    beats["value"][1] = said
    beats["kind"][HEADER_BYTES:] = Kind.SAMPLE.value
    beats["restart"][HEADER_BYTES] = beats["fresh"][HEADER_BYTES] = 1
    beats["value"][HEADER_BYTES + 1 :] = differences
    return beats


def learning_packets(
    config: NlmsPredictorConfig, *, rng: np.random.Generator
) -> npt.NDArray[np.void]:
    """Return packets of what can be learnt, of every size, and of what contradicts it at once.

    Constants and alternations drive weights and expectations to their limits, up and down; where
    they turn around, residuals are the largest that there are.

    Parameters
    ----------
    config : NlmsPredictorConfig
        The configuration of the hardware.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    """
    limit = 1 << (config.sample_width - 1)
    number = np.arange(LONGER_THAN_HASTE)
    turned = np.where(number % 90 < 60, 1, -1)
    period = rng.uniform(3, 20)
    tone = np.sin(2 * np.pi * number / period) * rng.uniform(0, 1, len(number)) ** 0.3
    differences = [
        turned * (limit - 1),
        turned * np.where(number % 2, 1, -1) * max(1, limit // 3),
        turned * np.where(number % 3, -limit, limit - 1),
        np.rint(tone * (limit - 1) / 4),
        np.rint(tone * min(3, limit - 1)),
        np.rint(np.where(number < 150, tone, 1) * (limit - 1) / np.where(number < 150, 64, 1)),
    ]
    packets = [
        difference_packet(
            config, np.clip(each, -limit, limit - 1), channel=int(rng.integers(config.channels))
        )
        for each in differences
    ]
    return np.concatenate(packets)
