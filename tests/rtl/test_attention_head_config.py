import pytest

from rtl.attention_head_config import AttentionHeadConfig


def test_the_default_is_the_published_head():
    config = AttentionHeadConfig()

    assert (config.head_dim, config.window_tokens, config.tiles) == (64, 1024, 16)
    assert config.query_driver.longest == 15
    assert config.schedule.interval_cycles <= 35


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"head_dim": 0}, r"head_dim must be in 1\.\.4096, not 0"),
        ({"window_tokens": 1000}, r"tile_tokens must divide window_tokens 1000, but 64 does not"),
        ({"window_tokens": 32}, r"tile_tokens must be in 1\.\.32, not 64"),
        ({"query_width": 9}, r"query_width must be in 1\.\.8, not 9"),
        ({"stored_width": 0}, r"stored_width must be in 1\.\.8, not 0"),
        ({"longest_count": 0}, r"longest_count must be in 1\.\.255, not 0"),
        ({"input_width": 17}, r"input_width must be in 2\.\.16, not 17"),
        ({"output_width": 1}, r"output_width must be in 2\.\.16, not 1"),
        ({"gain_width": 2}, r"gain_width must be in 3\.\.24, not 2"),
        ({"fraction_bits": 11}, r"fraction_bits must be in 1\.\.10, not 11"),
        ({"offset_width": 12}, r"offset_width must be in 13\.\.20, not 12"),
        ({"offset_width": 21}, r"offset_width must be in 13\.\.20, not 21"),
        ({"write_cycles": 15}, r"integrate_cycles must be in 17\.\.4096, not 16"),
        ({"drive_cycles": 0}, r"drive_cycles must be in 1\.\.4096, not 0"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        AttentionHeadConfig(**fields)
