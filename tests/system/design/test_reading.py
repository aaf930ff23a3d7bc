from dataclasses import dataclass

import pytest

from system.design.reading import read_config, unknown_key
from system.errors import UserError
from tests.system.design.sample_configs import Chain, Stage, read, written


def test_keys_that_are_not_in_the_table_keep_their_defaults():
    assert read("[chain]\nchannels = 4\nfirst.taps = 1") == Chain(channels=4, first=Stage(taps=1))


def test_an_integer_serves_where_a_number_is_wanted():
    chain = read("[chain]\nchannels = 4\ncorner_hz = 300")

    assert chain.corner_hz == 300.0
    assert isinstance(chain.corner_hz, float)


def test_given_fields_are_neither_read_nor_written():
    chain = read("[chain]\nname = 'x'", channels=7)

    assert chain == Chain(channels=7, name="x")
    assert "channels" not in written(chain, without=("channels",))
    with pytest.raises(UserError, match=r"^unknown key chain\.channels; known there: name, "):
        read("[chain]\nchannels = 3", channels=7)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chanels = 4", "unknown key chain.chanels; did you mean chain.channels?"),
        (
            "first.zzz = 4",
            "unknown key chain.first.zzz; known there: gain, taps, tapers, pole",
        ),
        ("name = 'x'", "chain.channels is missing; it has no default"),
        ("channels = true", "chain.channels must be an integer, not true"),
        ("channels = 4.0", "chain.channels must be an integer, not 4.0"),
        ("channels = '4'", 'chain.channels must be an integer, not "4"'),
        ("channels = 1979-05-27", "chain.channels must be an integer, not 1979-05-27"),
        ("channels = [4]", "chain.channels must be an integer, not an array"),
        ("channels = {n = 4}", "chain.channels must be an integer, not a table"),
        ("enabled = 1", "chain.enabled must be true or false, not 1"),
        ("name = 1", "chain.name must be a string, not 1"),
        ("corner_hz = 'low'", 'chain.corner_hz must be a number, not "low"'),
        ("corner_hz = true", "chain.corner_hz must be a number, not true"),
        ("corner_hz = nan", "chain.corner_hz must be a number, not nan"),
        (f"limit_v = 1{'0' * 400}", f"chain.limit_v must be a number, not 1{'0' * 36}..."),
        ("mode = 'quick'", 'chain.mode must be one of "fast", "slow", not "quick"'),
        ("first.pole = 1", 'chain.first.pole must be one of "high", "low", not 1'),
        ("first = 3", "chain.first must be a table, not 3"),
        ("weights = 3", "chain.weights must be an array, not 3"),
        ("weights = [1, 'b']", 'chain.weights[1] must be a number, not "b"'),
        ("span = [1, 2, 3]", "chain.span must be an array of 2, not of 3"),
        ("first.gain = -1", "chain.first.gain must be positive, not -1.0"),
        ("first.taps = -9", "chain.first.taps must not be negative, not -9"),
        ("first.taps = 9", "chain.first: there must be no more taps than tapers, not 9"),
        (
            f"mode = '{'a' * 99}'",
            f'chain.mode must be one of "fast", "slow", not "{"a" * 36}...',
        ),
    ],
)
def test_errors_name_the_key_the_rule_and_the_value(line, message):
    channels = "" if "hannels" in line or line == "name = 'x'" else "channels = 4\n"

    with pytest.raises(UserError) as error:
        read(f"[chain]\n{channels}{line}")

    assert str(error.value) == message


def test_a_field_that_no_file_can_hold_is_refused():
    @dataclass(frozen=True)
    class Odd:
        """A config with a field of bytes."""

        raw: bytes = b""

    with pytest.raises(TypeError, match=r"^odd\.raw: a design file cannot hold <class 'bytes'>$"):
        read_config(Odd, {"raw": "x"}, "odd")


def test_an_unknown_key_without_a_near_one_lists_the_known():
    assert str(unknown_key("a.zzz", ["a.gain", "a.bits"])) == (
        "unknown key a.zzz; known there: gain, bits"
    )
