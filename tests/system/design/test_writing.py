import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.design.writing import parameter_docs, toml_value
from tests.system.design.sample_configs import Chain, Pole, Stage, read, written

DEFAULT_TOML = """\
# A chain of stages.
[chain]
# How many.
channels = 4
# What it is called.
name = "neo"
# Whether it runs.
enabled = true
# Corner, hertz; None: no corner.
# corner_hz =
# Seed; None: no noise.
noise_seed = 1
# Greatest voltage, volts.
limit_v = inf
# How it runs.
mode = "fast"
# One per tap.
weights = []
# First and last.
span = [0, 7]

# The stage at the input.
[chain.first]
# Voltage gain.
# Assumed: enough.
gain = 2.0
# Two counts.
taps = 3
# Two counts.
tapers = 4
# Which pole of Filter it has, in words that are so many that the comment needs a second line; with
# a limit of 0..9.
pole = "high"

# The stage at the output.
[chain.second]
# Voltage gain.
gain = 1.5
# Two counts.
taps = 3
# Two counts.
tapers = 4
# Which pole of Filter it has, in words that are so many that the comment needs a second line; with
# a limit of 0..9.
pole = "high"
"""


def test_a_config_is_written_with_its_own_documentation():
    assert written(Chain(channels=4)) == DEFAULT_TOML


def test_a_written_config_reads_back_as_itself():
    chain = Chain(
        channels=4,
        name='a "quoted" name\n\t\x7f µ',
        enabled=False,
        corner_hz=1e-300,
        noise_seed=None,
        limit_v=0.1 + 0.2,
        mode="slow",
        weights=(1.0, -2.5e-7),
        span=(-1, 1 << 60),
        first=Stage(pole=Pole.LOW),
    )

    assert read(written(chain)) == chain


@given(
    st.builds(
        Chain,
        channels=st.integers(),
        name=st.text(st.characters(codec="utf-8")),
        corner_hz=st.none() | st.floats(allow_nan=False),
        noise_seed=st.none() | st.integers(-(1 << 63), (1 << 63) - 1),
        weights=st.lists(st.floats(allow_nan=False)).map(tuple),
    )
)
def test_any_config_reads_back_as_itself(chain):
    assert read(written(chain)) == chain


def test_parameter_docs_end_with_their_section():
    docs = parameter_docs(Chain)

    assert list(docs) == [field.name for field in dataclasses.fields(Chain)]
    assert docs["second"] == "The stage at the output."
    assert parameter_docs(Pole) == {}


def test_what_toml_cannot_say_is_refused():
    with pytest.raises(TypeError, match=r"^TOML has no value like 1j$"):
        toml_value(1j)
