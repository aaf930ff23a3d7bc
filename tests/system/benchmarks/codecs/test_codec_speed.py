import sys
from functools import partial

import numpy as np
import pytest

from system.benchmarks import NotMeasured
from system.benchmarks.codecs.rivals import RIVALS, Coder
from system.benchmarks.codecs.speed import Speed, measured_speeds, rows, times_as_fast

CODES = np.random.default_rng(72).integers(-40, 40, (3000, 16)).astype(np.int16)
CODER = Coder(
    encode=lambda codes: [codes.tobytes()],
    decode=lambda pieces: np.frombuffer(pieces[0], dtype=np.int16).reshape(-1, 16),
)


def speed(bits, encoding_s):
    return Speed(bits_per_sample=bits, encoding_s=encoding_s, decoding_s=1.0)


def test_sizes_are_those_of_what_a_codec_gives():
    speeds = measured_speeds({"raw": {"all": CODER}}, CODES, lambda _text: None, repetitions=1)

    assert speeds["raw"]["all"].bits_per_sample == 16
    assert speeds["raw"]["all"].encoding_s >= 0


def test_a_codec_that_changes_samples_is_refused():
    broken = Coder(encode=CODER.encode, decode=lambda pieces: CODER.decode(pieces) + 1)

    with pytest.raises(
        RuntimeError, match=r"^raw all must give back what it encoded, but did not$"
    ):
        measured_speeds({"raw": {"all": broken}}, CODES, lambda _text: None, repetitions=1)


def test_the_setting_of_a_rival_against_which_least_is_gained_counts():
    ours = {"quick": speed(3.0, 1.0), "dense": speed(2.0, 4.0)}
    theirs = {"quick": speed(3.0, 5.0), "dense": speed(2.5, 6.0)}

    assert times_as_fast(ours, theirs, "encoding_s") == 1.5


def test_a_rival_that_takes_fewer_bytes_than_any_is_not_beaten_by_speed():
    assert times_as_fast({"one": speed(3.0, 1.0)}, {"other": speed(2.9, 9.0)}, "encoding_s") == 0


@pytest.mark.parametrize("rival", RIVALS)
def test_a_rival_that_is_not_installed_is_named_and_left_out(rival, monkeypatch):
    module = {"flac": "soundfile", "wavpack": "wavpack_numcodecs"}[rival]
    monkeypatch.setitem(sys.modules, module, None)
    reason = rf"^{module} must be installed: pip install 'axocell\[codecs\]'$"

    with pytest.raises(NotMeasured, match=reason):
        RIVALS[rival]()


def test_without_rivals_the_kit_alone_is_measured(monkeypatch):
    def missing(name):
        raise NotMeasured(f"{name} is not here")

    for rival in list(RIVALS):
        monkeypatch.setitem(RIVALS, rival, partial(missing, rival))
    said = []

    found = [row.name for row in rows(CODES, 0.125, said.append, repetitions=1)]

    assert found
    assert all(name.startswith("codecs.speed.axocell.") for name in found)
    assert "codecs: flac is not measured: flac is not here" in said
