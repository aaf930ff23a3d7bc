import pytest

from rtl.ap_codec_config import ApCodecConfig
from rtl.packet_format import Engine

PARTS = "marker", "predictor", "lms", "context", "golomb", "arithmetic"


@pytest.mark.parametrize("part", PARTS)
def test_its_parts_have_its_sizes(part):
    config = getattr(ApCodecConfig(channels=12, sample_width=11, snippets=False), part)

    assert (config.channels, config.sample_width) == (12, 11)


def test_its_parts_have_the_same_groups():
    config = ApCodecConfig(channels=12, packet_channels=8, snippets=False)

    assert config.groups == config.golomb.groups == config.arithmetic.groups == 2


@pytest.mark.parametrize("fields", [{}, {"sample_width": 16}, {"engines": (Engine.GOLOMB,)}])
def test_packets_end_as_its_framer_asks(fields):
    config = ApCodecConfig(**fields)

    assert config.closing_body_bytes == config.framer.regular_body_bytes + 1


def test_a_packet_has_room_for_two_snippets_of_coefficients():
    without, config = (
        ApCodecConfig(snippet_samples=16, templates=n, components=15, engines=(Engine.GOLOMB,))
        for n in (0, 4)
    )

    assert config.margin_bytes - without.margin_bytes == (2 * 18 - 16) * 4


def test_defaults_are_those_of_its_parts():
    config = ApCodecConfig()

    for part in PARTS:
        own = getattr(config, part)
        assert own == type(own)()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        (
            {"channels": 300, "snippets": False},
            r"packet_channels must leave at most 256 groups of 300 channels, not 300",
        ),
        ({"packet_channels": 2}, r"packet_channels must be 1 where snippets are coded, not 2"),
        ({"engines": ()}, r"engines must be one or two different ones, not \(\)"),
        ({"unary_limit": 1}, r"unary_limit must be in 2\.\.24, not 1"),
        ({"snippet_samples": 0}, r"snippet_samples must be in 1\.\.1024, not 0"),
        (
            {"templates": 4, "snippets": False},
            (
                "templates must be 0 unless snippets are coded and engines include the Golomb one, "
                "not 4"
            ),
        ),
        (
            {"templates": 4, "engines": (Engine.ARITHMETIC,)},
            (
                "templates must be 0 unless snippets are coded and engines include the Golomb one, "
                "not 4"
            ),
        ),
        ({"templates": 3}, "templates must be a power of two, not 3"),
        ({"templates": 4, "components": 64}, r"components must be in 1\.\.63, not 64"),
        ({"ring_bytes": 32}, r"ring_bytes must be in 64\.\.131072, not 32"),
        ({"ring_bytes": 3000}, r"ring_bytes must be a power of two, not 3000"),
        ({"ring_bytes": 512}, r"ring_bytes must be at least 996, not 512"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        ApCodecConfig(**fields)


def test_config_rejects_an_engine_that_is_named_twice():
    with pytest.raises(ValueError, match=r"^engines must be one or two different ones, not \("):
        ApCodecConfig(engines=(Engine.GOLOMB, Engine.GOLOMB))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"counter_width": 3}, r"counter_width must be in 4\.\.24, not 3"),
        ({"alphabet_width": 9}, "coder must have symbols of at most 8 bits, not 9"),
    ],
)
def test_config_rejects_a_trainer_that_cannot_be(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        ApCodecConfig(training=True, **fields)


def test_config_rejects_a_trainer_of_nothing():
    message = "^engines must include the arithmetic one where its tables are trained, not \\("
    with pytest.raises(ValueError, match=message):
        ApCodecConfig(training=True, engines=(Engine.GOLOMB,))
