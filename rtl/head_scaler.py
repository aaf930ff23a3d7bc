"""Head scaler: one gain and one offset for a whole vector, rounded and limited to codes."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges

__all__ = ["HeadScaler", "HeadScalerConfig", "scaled_vector_layout", "scaling_layout"]


@dataclass(frozen=True, kw_only=True)
class HeadScalerConfig:
    """Number formats of a :class:`HeadScaler`.

    Parameters
    ----------
    lanes : int
        Values of a vector, in 1..4096.
    in_width : int
        Bits of a value, two's complement, in 2..24.
    gain_width : int
        Bits of the gain, two's complement, in 2..24.
    offset_width : int
        Bits of the offset, two's complement, in 2..48.
    fraction_bits : int
        Fraction bits of gain and offset, in 1..24.
    code_min, code_max : int
        Limits of a result, in -32768..32767; at least two codes.
    """

    lanes: int = 64
    in_width: int = 8
    gain_width: int = 12
    offset_width: int = 20
    fraction_bits: int = 10
    code_min: int = 0
    code_max: int = 15

    def __post_init__(self) -> None:
        check_ranges(
            self,
            lanes=(1, 4096),
            in_width=(2, 24),
            gain_width=(2, 24),
            offset_width=(2, 48),
            fraction_bits=(1, 24),
            code_min=(-(1 << 15), (1 << 15) - 2),
            code_max=(self.code_min + 1, (1 << 15) - 1),
        )

    @property
    def code_shape(self) -> Shape:
        """Shape of a result."""
        return Shape.cast(range(self.code_min, self.code_max + 1))


def scaling_layout(config: HeadScalerConfig) -> data.StructLayout:
    """Return the layout of ``gain`` and ``offset``, as ``config`` sizes them."""
    return data.StructLayout(
        {"gain": signed(config.gain_width), "offset": signed(config.offset_width)}
    )


def scaled_vector_layout(config: HeadScalerConfig) -> data.StructLayout:
    """Return the layout of ``values`` and their ``scaling``, as ``config`` sizes them."""
    return data.StructLayout(
        {
            "values": data.ArrayLayout(signed(config.in_width), config.lanes),
            "scaling": scaling_layout(config),
        }
    )


class HeadScaler(wiring.Component):
    """Compute ``gain * value + offset`` for all lanes at once, and make codes of the results.

    Results are rounded to the nearest code, ties to even, and limited to ``code_min`` and
    ``code_max``. Latency is :attr:`latency` cycles, products first and codes second; throughput is
    one vector a cycle. Back-pressure on ``o`` stalls ``i``.

    The bit-exact model is :func:`verification.golden.head_scaler.head_scaler`.

    Parameters
    ----------
    config : HeadScalerConfig
        Number formats.

    Members
    -------
    i : ``In(stream.Signature(scaled_vector_layout(config)))``
        Vectors, each with its gain and offset.
    o : ``Out(stream.Signature(data.ArrayLayout(config.code_shape, config.lanes)))``
        Codes.
    """

    latency = 2
    throughput = "1 vector/cycle"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: HeadScalerConfig | None = None) -> None:
        self.config = config = config or HeadScalerConfig()
        codes = data.ArrayLayout(config.code_shape, config.lanes)
        super().__init__(
            {
                "i": In(stream.Signature(scaled_vector_layout(config))),
                "o": Out(stream.Signature(codes)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, lanes = self.config, range(self.config.lanes)
        product_shape = signed(config.in_width + config.gain_width)
        products = [Signal(product_shape, name=f"product_{lane}") for lane in lanes]
        offset = Signal(signed(config.offset_width))
        multiplied = Signal()
        vector = self.i.payload
        take_products, take_codes = Signal(), Signal()
        m.d.comb += [
            take_codes.eq(self.o.ready | ~self.o.valid),
            take_products.eq(take_codes | ~multiplied),
            self.i.ready.eq(take_products),
        ]
        with m.If(take_products):
            m.d.sync += [multiplied.eq(self.i.valid), offset.eq(vector.scaling.offset)]
            m.d.sync += [
                products[lane].eq(vector.values[lane] * vector.scaling.gain) for lane in lanes
            ]
        with m.If(take_codes):
            m.d.sync += self.o.valid.eq(multiplied)
            m.d.sync += [
                self.o.payload[lane].eq(self._code(products[lane] + offset)) for lane in lanes
            ]
        return m

    def _code(self, exact: Any) -> Any:
        """Return ``exact`` rounded and limited."""
        config, bits = self.config, self.config.fraction_bits
        # Just under a half, and the rest of the half where the whole part is odd: ties to even.
        almost_half = Const((1 << (bits - 1)) - 1, bits)
        rounded = (exact + almost_half + Cat(exact[bits])) >> bits
        above = rounded > config.code_max
        below = rounded < config.code_min
        return Mux(above, config.code_max, Mux(below, config.code_min, rounded))
