"""From the payloads of packets of templates to coefficients.

No loop is longer than what a trailer counts, and a payload that ends before its snippets do ends
its packet.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_streams import BYTE_WIDTH, CONTEXT_WIDTH
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES
from rtl.template_encoder_config import ACTIVITY_SHIFT, LARGEST_ACTIVITY
from system.codecs.payloads import BAD_CODE, BAD_LENGTH, DECODED, RAW_BYTES, read_bits
from verification.golden.golomb_encoder import WINDOW_BITS, golomb_value

__all__ = ["TemplateFormat", "decode_templates"]

WINDOW = (1 << WINDOW_BITS) - 1
LAST_CONTEXT = (1 << CONTEXT_WIDTH) - 1


class TemplateFormat(NamedTuple):
    """What decoders need to know of a stream of templates, as numbers.

    Parameters
    ----------
    width : int
        Sample width, bits.
    templates : int
        Templates of each channel.
    components : int
        Vectors of each channel's basis.
    unary_limit : int
        Zeros that say that a value follows as it is.
    golomb_base : int
        Context from which on divisors grow.
    """

    width: int
    templates: int
    components: int
    unary_limit: int
    golomb_base: int


@compiled
def decode_templates(
    data: npt.NDArray[np.uint8],
    start: npt.NDArray[np.int64],
    length: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    contexts: npt.NDArray[np.int64],
    form: TemplateFormat,
    nearest: npt.NDArray[np.int64],
    coefficients: npt.NDArray[np.int64],
    distances: npt.NDArray[np.int64],
    status: npt.NDArray[np.int64],
) -> None:
    """Decode some packets whose headers can be followed.

    Parameters
    ----------
    data : ndarray of uint8
        Bytes that hold the bodies.
    start, length : ndarray of int64, shape (packets,)
        Where each body begins, and how long it is.
    counts : ndarray of int64, shape (packets,)
        Snippets that each trailer counts.
    contexts : ndarray of int64, shape (packets, components + 1)
        Row of contexts that holds for each packet.
    form : TemplateFormat
        What else must be known.
    nearest : ndarray of int64, shape (snippets,)
        Where the numbers of templates go, packet by packet.
    coefficients : ndarray of int64, shape (snippets, components)
        Where coefficients go; zeros must be there.
    distances : ndarray of int64, shape (snippets,)
        Where the distances of the snippets go.
    status : ndarray of int64, shape (packets, 2)
        Where it goes whether a packet was decoded, and how many bytes its snippets took.
    """
    half = 1 << (form.width - 1)
    snippet = 0
    for packet in range(len(start)):
        begin = start[packet] + HEADER_BYTES
        end = start[packet] + length[packet] - TRAILER_BYTES
        position, bits, bit_count = begin, 0, 0
        verdict, used = DECODED, 0
        for item in range(snippet, snippet + counts[packet]):
            distance = 0
            for n in range(RAW_BYTES):
                position, bits, bit_count = read_bits(
                    data, position, end, bits, bit_count, BYTE_WIDTH
                )
                bit_count -= BYTE_WIDTH
                distance |= (bits >> bit_count & 0xFF) << (BYTE_WIDTH * n)
            distances[item] = distance
            left, activity = 0, 0  # coefficients that follow; magnitudes of those before
            for place in range(form.components + 1):
                more = min(activity >> ACTIVITY_SHIFT, LARGEST_ACTIVITY)
                position, bits, bit_count = read_bits(
                    data, position, end, bits, bit_count, WINDOW_BITS
                )
                value, size = golomb_value(
                    bits >> (bit_count - WINDOW_BITS) & WINDOW,
                    min((contexts[packet, place] & LAST_CONTEXT) + more, LAST_CONTEXT),
                    form.width,
                    form.unary_limit,
                    form.golomb_base,
                )
                bit_count -= size
                if value < -half or value >= half:
                    verdict = BAD_CODE
                    break
                if place == 0:
                    folded = -2 * value - 1 if value < 0 else 2 * value
                    left = form.components - folded // form.templates
                    nearest[item] = folded % form.templates
                    if left < 0:
                        verdict = BAD_CODE
                else:
                    left -= 1
                    activity += abs(value)
                    # The last one is not zero: if it is positive, it is one more.
                    coefficients[item, place - 1] = value + (left == 0 and value >= 0)
                if left <= 0:
                    break
            used = position - begin - bit_count // BYTE_WIDTH
            if used > end - begin:
                verdict = BAD_CODE
            if verdict != DECODED:
                break
        snippet += counts[packet]
        if verdict == DECODED and used != end - begin:
            verdict = BAD_LENGTH
        status[packet, 0], status[packet, 1] = verdict, used
