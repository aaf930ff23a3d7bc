import numpy as np

from rtl.ap_codec_config import ApCodecConfig
from rtl.packet_settings import PacketSettings
from system.run.packet_difference import PacketDifference, packet_difference
from verification.codec_chain import packets_of_groups
from verification.golden.ap_codec import ApCodecModel


def some_packets():
    """Return packets of two channels, those of one first."""
    model = ApCodecModel(ApCodecConfig(channels=2), PacketSettings(), packet_frames=40)
    samples = np.random.default_rng(3).integers(-30, 30, size=(100, 2))
    of_groups = packets_of_groups(model.process(samples) + model.finish())
    return [packet for _, packets in sorted(of_groups.items()) for packet in packets]


def test_the_same_packets_agree_whichever_group_comes_first():
    packets = some_packets()

    turned = packet_difference(packets, packets[len(packets) // 2 :] + packets[: len(packets) // 2])

    assert turned == PacketDifference(
        compared=sum(len(packet) for packet in packets), mismatches=0, first=None
    )


def test_a_wrong_byte_is_counted_and_named():
    packets = some_packets()
    broken = bytearray(packets[1])
    broken[14] ^= 0x80

    difference = packet_difference(packets, [packets[0], bytes(broken), *packets[2:]])

    assert difference.mismatches == 1
    assert difference.first == (
        "byte 14 of packet 1 of group 0, of frame 40: "
        f"{packets[1][14]:02x} in the model, {broken[14]:02x} in the circuit"
    )


def test_bytes_that_do_not_come_or_come_unasked_are_mismatches():
    packets = some_packets()
    whole = sum(len(packet) for packet in packets)

    cut = packet_difference(packets, [*packets[:-1], packets[-1][:-3]])
    none = packet_difference(packets, [])
    more = packet_difference(packets, [*packets, b"\xa7\x00"])

    assert (cut.compared, cut.mismatches) == (whole, 3)
    assert cut.first is not None
    assert cut.first.endswith(" in the model, nothing in the circuit")
    assert (none.compared, none.mismatches) == (whole, whole)
    assert (more.compared, more.mismatches) == (whole + 2, 2)
    assert more.first is not None
    assert more.first.endswith(": nothing in the model, a7 in the circuit")
