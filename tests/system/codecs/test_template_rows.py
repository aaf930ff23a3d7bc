import numpy as np
import pytest

from rtl.template_encoder_config import TemplateEncoderConfig
from system.codecs.template_rows import TemplateRows, rows_packet
from system.errors import UserError

CONFIG = TemplateEncoderConfig(channels=2, snippet_samples=3, templates=2, components=1)
ROWS = np.arange(24).reshape(2, 4, 3)


def test_a_packet_holds_a_channel_s_words_in_order():
    packet = rows_packet(ROWS[0] - 1, channel=1, version=9)

    assert packet[:3].hex(" ") == "a7 22 00"
    assert packet[3:11].hex(" ") == "03 10 01 09 00 00 00 00"
    assert packet[11:17].hex(" ") == "ff ff 00 00 01 00"
    assert packet[-6:-4].hex(" ") == "04 00"


def test_rows_are_known_by_version_and_channel():
    rows = TemplateRows(CONFIG, {3: ROWS})

    rows.renew(4, 1, rows_packet(ROWS[0], channel=1, version=4)[11:-6])

    assert np.argwhere(rows.known).tolist() == [[3, 0], [3, 1], [4, 1]]
    np.testing.assert_array_equal(rows.of(3, 1), ROWS[1])
    np.testing.assert_array_equal(rows.of(4, 1), ROWS[0])


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        (
            {3: ROWS[0]},
            r"rows 3 must have shape \(2, 4, 3\) and a version in 0\.\.255, not \(4, 3\)",
        ),
        (
            {256: ROWS},
            r"rows 256 must have shape \(2, 4, 3\) and a version in 0\.\.255, not \(2, 4, 3\)",
        ),
        ({0: ROWS - 257}, r"rows 0 of channel 0 must be in -256\.\.255, not -257"),
    ],
)
def test_rows_that_cannot_be_are_refused(versions, message):
    with pytest.raises(UserError, match=f"^{message}$"):
        TemplateRows(CONFIG, versions)
