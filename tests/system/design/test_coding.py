import pytest

from rtl.packet_settings import PacketSettings
from system.design.coding import ApCoding


def test_it_codes_as_many_channels_as_there_are():
    coding = ApCoding(coded_channels=16)

    assert coding.codec(3, 10, snippet_samples=64).channels == 3
    assert coding.codec(68, 10, snippet_samples=64).channels == 16


def test_settings_are_those_of_the_hardware():
    assert ApCoding(order=2, adaptive=False).settings(3) == PacketSettings(
        order=2, adaptive=False, shift=3
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"coded_channels": 257}, r"coded_channels must be in 0\.\.256, not 257"),
        ({"order": 4}, r"order must be in 0\.\.3, not 4"),
        ({"packet_frames": 15}, r"packet_frames must be in 16\.\.65535, not 15"),
        ({"coarser_bits": 0}, r"coarser_bits must be in 1\.\.7, not 0"),
        ({"engine": "zip"}, "engine must be golomb, not 'zip'"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        ApCoding(**fields)
