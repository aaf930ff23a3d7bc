"""Sizes of the template encoder, and how its memory is written."""

from dataclasses import dataclass

from amaranth.hdl import signed
from amaranth.lib import data

from rtl.checks import check_ranges
from rtl.streams import channel_shape

__all__ = [
    "ACTIVITY_SHIFT",
    "DEAD_ZONE_SIXTEENTHS",
    "LARGEST_ACTIVITY",
    "LAST_ZONE_SIXTEENTHS",
    "ROUNDING_BITS",
    "ROW_OVERHEAD",
    "TemplateEncoderConfig",
    "row_write_layout",
]

ROUNDING_BITS = 4
DEAD_ZONE_SIXTEENTHS = 9  # of a step, below which a coefficient is zero
LAST_ZONE_SIXTEENTHS = 11  # of a step, below which it is not the last
ACTIVITY_SHIFT = 2
LARGEST_ACTIVITY = 7
ROW_OVERHEAD = 2  # cycles of a row besides one for each sample


@dataclass(frozen=True, kw_only=True)
class TemplateEncoderConfig:
    """Sizes of a :class:`~rtl.template_encoder.TemplateEncoder`.

    Parameters
    ----------
    channels : int
        Number of channels, in 1..256.
    sample_width : int
        Width of samples, templates and weights, bits, in 5..16.
    snippet_samples : int
        Samples of a snippet, in 2..256; more than ``components``.
    templates : int
        Templates of each channel: a power of two, in 1..256.
    components : int
        Vectors of each channel's basis, in 1..64.
    step_shift : int
        Logarithm of how much a projection must be for a coefficient of 1, in 4..24. The step in
        samples is this power of two over the length of the vector of weights.
    """

    channels: int = 16
    sample_width: int = 9
    snippet_samples: int = 64
    templates: int = 32
    components: int = 14
    step_shift: int = 12

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 256),
            sample_width=(5, 16),
            snippet_samples=(2, 256),
            templates=(1, 256),
            components=(1, min(64, self.snippet_samples - 1)),
            step_shift=(ROUNDING_BITS, 24),
        )
        if self.templates.bit_count() != 1:
            raise ValueError(f"templates must be a power of two, not {self.templates!r}")
        if self.heads > 1 << self.sample_width:
            raise ValueError(
                f"templates must be so few that {self.components + 1} times their number is at "
                f"most {1 << self.sample_width}, not {self.templates!r}"
            )

    @property
    def heads(self) -> int:
        """Values of the first symbol of a snippet."""
        return self.templates * (self.components + 1)

    @property
    def rows(self) -> int:
        """Rows of a channel: templates, weights, and one that holds contexts."""
        return self.templates + self.components + 1

    @property
    def largest(self) -> int:
        """Largest magnitude of a coefficient."""
        return (1 << (self.sample_width - 1)) - 1

    @property
    def contexts_row(self) -> int:
        """Number of the row that holds contexts: the last."""
        return self.rows - 1

    @property
    def difference_width(self) -> int:
        """Width of the difference of a sample and a template's, bits."""
        return self.sample_width + 2

    @property
    def snippet_cycles(self) -> int:
        """Cycles from the last sample of a snippet to its first symbol."""
        return self.rows * (self.snippet_samples + ROW_OVERHEAD) + 2


def row_write_layout(config: TemplateEncoderConfig) -> data.StructLayout:
    """Return the layout of a write to a memory of the sizes that ``config`` says.

    It says where in which row, of which channel and bank, and what.
    """
    return data.StructLayout(
        {
            "sample": channel_shape(config.snippet_samples),
            "row": channel_shape(config.rows),
            "channel": channel_shape(config.channels),
            "bank": 1,
            "value": signed(config.sample_width),
        }
    )
