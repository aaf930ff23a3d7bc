import tracemalloc
import zlib

import numcodecs
import numpy as np
import pytest
import spikeinterface
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from system.codecs.chunk_codec import (
    CHECKSUM,
    FRAMES_FIRST,
    FRONT,
    MAGIC,
    PACKED,
    AxocellCodec,
)

WHITE = np.random.default_rng(1).normal(0, 20, (3000, 4))
NOISE = np.cumsum(WHITE, axis=0).round().astype(np.int16)
CODECS = {
    "arithmetic": AxocellCodec(),
    "golomb": AxocellCodec(engine="golomb"),
    "adaptive": AxocellCodec(order=1, adaptive=True),
}

each_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))


def given_back(codec, coded):
    return np.asarray(codec.decode(coded)).tobytes()


@each_codec
@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<u2", "i1", "u1", "<i4", "<u8"])
def test_integers_come_back_and_take_fewer_bytes(codec, dtype):
    limits = np.iinfo(dtype)
    chunk = (NOISE // 20 - NOISE.min() // 20).clip(max(limits.min, -300), min(limits.max, 300))
    chunk = chunk.astype(dtype)

    coded = codec.encode(chunk)

    assert given_back(codec, coded) == chunk.tobytes()
    assert len(coded) < 0.5 * chunk.size


@pytest.mark.parametrize(
    "chunk",
    [
        NOISE / 7,
        NOISE.astype(np.int32) * 1000,
        NOISE.reshape(30, 100, 4),
        NOISE[:0],
        np.array(["a", "bc"]),
        np.zeros((4, 2000), dtype=np.int16),
    ],
    ids=["floats", "wide", "three dimensions", "nothing", "text", "many channels"],
)
def test_everything_else_comes_back_as_well(chunk):
    codec = AxocellCodec()

    assert given_back(codec, codec.encode(chunk)) == chunk.tobytes()


@pytest.mark.parametrize("dtype", ["<u8", "<i8", "|u1"])
def test_integers_at_the_ends_of_their_type_take_fewer_bytes_too(dtype):
    limits = np.iinfo(dtype)
    for end in (int(limits.max), int(limits.min)):
        inwards = (NOISE % 64).astype(dtype)
        chunk = limits.max - inwards if end == limits.max else limits.min + inwards

        coded = AxocellCodec(engine="golomb").encode(chunk)

        assert given_back(AxocellCodec(), coded) == chunk.tobytes()
        assert len(coded) < chunk.size


@pytest.mark.parametrize("chunk", [NOISE, np.asfortranarray(NOISE), NOISE[::2], NOISE[:, 0]])
def test_any_layout_in_memory_comes_back(chunk):
    codec = AxocellCodec(engine="golomb")

    assert given_back(codec, codec.encode(chunk)) == chunk.tobytes(order="A")


@given(
    arrays.arrays(
        st.sampled_from([np.int8, np.uint8, np.int16, np.uint16, np.int32]),
        arrays.array_shapes(min_dims=1, max_dims=2, max_side=40),
    )
)
@settings(deadline=None, max_examples=15)
def test_any_integers_come_back(chunk):
    codec = CODECS["arithmetic"]

    assert given_back(codec, codec.encode(chunk)) == chunk.tobytes()


def test_more_channels_than_groups_share_packets():
    chunk = np.random.default_rng(2).integers(-90, 90, (50, 700), dtype=np.int16)
    codec = AxocellCodec(engine="golomb")

    assert given_back(codec, codec.encode(chunk)) == chunk.tobytes()


def test_a_chunk_goes_where_it_is_asked_to():
    out = np.empty_like(NOISE)
    codec = AxocellCodec(engine="golomb")

    codec.decode(codec.encode(NOISE), out=out)

    np.testing.assert_array_equal(out, NOISE)


def test_the_same_chunk_gives_the_same_bytes():
    assert AxocellCodec().encode(NOISE) == AxocellCodec().encode(NOISE)


@each_codec
def test_numcodecs_knows_it_by_name(codec):
    found = numcodecs.get_codec(codec.get_config())

    assert found.get_config() == codec.get_config()
    assert codec.get_config()["id"] == "axocell"
    np.testing.assert_array_equal(found.decode(codec.encode(NOISE)), NOISE.ravel())


@pytest.mark.parametrize("order", ["C", "F"])
def test_zarr_saves_with_it(tmp_path, order):
    path = str(tmp_path / "chunks.zarr")
    zarr.array(NOISE, chunks=(1000, 3), compressor=AxocellCodec(), order=order, store=path)

    store = zarr.open_array(path, mode="r")
    np.testing.assert_array_equal(store[:], NOISE)
    np.testing.assert_array_equal(store[900:1100, 1], NOISE[900:1100, 1])
    assert store.compressor == AxocellCodec()


def test_spikeinterface_saves_with_it(tmp_path):
    recording = spikeinterface.NumpyRecording([NOISE], sampling_frequency=24_000)

    saved = recording.save(
        format="zarr",
        folder=tmp_path / "recording.zarr",
        compressor=AxocellCodec(engine="golomb"),
        chunk_size=1000,
        progress_bar=False,
        verbose=False,
    )

    np.testing.assert_array_equal(saved.get_traces(), NOISE)


def forged(*fields, body=b""):
    """A chunk that says anything, under a checksum that is right."""
    front = FRONT.pack(MAGIC, *fields)
    return front + CHECKSUM.pack(zlib.crc32(body, zlib.crc32(front))) + body


def damaged(coded, place):
    return coded[:place] + bytes([coded[place] ^ 0x40]) + coded[place + 1 :]


def test_a_damaged_packet_is_an_error():
    coded = CODECS["golomb"].encode(NOISE)

    with pytest.raises(ValueError, match=r"^chunk must be whole, but is not: packet \d at byte "):
        CODECS["golomb"].decode(damaged(coded, len(coded) - 100))


def test_a_lost_packet_is_an_error():
    coded = CODECS["golomb"].encode(NOISE)
    first_packet = coded.index(b"\xa7", 30)

    with pytest.raises(ValueError, match=r"^chunk must be whole, but frame 0 did not come$"):
        CODECS["golomb"].decode(coded[:first_packet])


@pytest.mark.parametrize("coded", [b"", b"AXC\x01", b"zlib and the rest of some forty bytes....."])
def test_what_is_no_chunk_is_refused(coded):
    with pytest.raises(ValueError, match=r"^chunk must begin with b'AXC\\x01', not with b"):
        AxocellCodec().decode(coded)


def test_a_damaged_chunk_never_gives_other_samples():
    rng = np.random.default_rng(3)
    for codec in CODECS.values():
        coded = codec.encode(NOISE[:200])
        for place in rng.integers(0, len(coded), 150).tolist():
            try:
                back = given_back(codec, damaged(coded, place))
            except ValueError:
                continue
            assert back == NOISE[:200].tobytes()


@pytest.mark.parametrize("place", [5, 7, 12, 20, 28, 32])
def test_a_damaged_beginning_is_an_error(place):
    coded = CODECS["arithmetic"].encode(NOISE)

    with pytest.raises(ValueError, match=r"^chunk must have checksum 0x\w{8}, not 0x\w{8}$"):
        CODECS["arithmetic"].decode(damaged(coded, place))


def test_an_unknown_engine_is_refused():
    with pytest.raises(
        ValueError, match=r"^engine must be one of golomb, arithmetic, not 'huffman'$"
    ):
        AxocellCodec(engine="huffman")


def test_a_chunk_that_claims_far_more_than_it_holds_is_refused_before_it_is_made_up():
    """34 bytes that promise 2 GB."""
    chunk = forged(b"<i2", 9, 0, FRAMES_FIRST, 0, 1 << 20, 1023, 0)

    with pytest.raises(ValueError, match=r"^chunk must be whole, but frame 0 did not come$"):
        AxocellCodec().decode(chunk)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ((b"<i2", 9, 0, FRAMES_FIRST, 0, (1 << 32) - 1, 1024, 0), "at most 2147483647 bytes are"),
        ((b"zzz", 9, 0, FRAMES_FIRST, 0, 5, 1, 0), "data type 'zzz' not understood"),
        ((b"<<", 9, 0, FRAMES_FIRST, 0, 5, 1, 0), ""),
        ((b"O", 9, 0, FRAMES_FIRST, 0, 5, 1, 0), "dtype must be of integers or floats, not '|O'"),
        ((b"<i2", 99, 0, FRAMES_FIRST, 0, 5, 1, 0), "width must be in 2..16, not 99"),
        ((b"<i2", 9, 5, FRAMES_FIRST, 0, 5, 1, 4), "frequencies must be 1280 bytes, not 0"),
        ((b"<i2", 9, 0, FRAMES_FIRST, 0, 0, 1, 0), "most_counted must be in 1..65535, not 0"),
    ],
)
def test_a_beginning_that_cannot_be_is_an_error(fields, said):
    with pytest.raises(ValueError, match=r"^chunk must be as its beginning says,") as refusal:
        AxocellCodec().decode(forged(*fields))

    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("stated", "rule"),
    [
        (1000, "have 1000 bytes, not 1001"),
        ((1 << 31) - 1, r"have \d+ bytes, not 50000000"),
        (1 << 40, f"have at most {(1 << 31) - 1} bytes, not {1 << 40}"),
    ],
)
def test_what_unpacks_to_more_or_less_than_it_says_is_refused_in_little_memory(stated, rule):
    body = zlib.compress(bytes(50_000_000))
    tracemalloc.start()

    with pytest.raises(ValueError, match=f"^chunk must {rule}$"):
        AxocellCodec().decode(forged(b"", 0, 0, PACKED, stated, 0, 0, 0, body=body))

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < (1 << 20 if stated != (1 << 31) - 1 else 200_000_000)


def test_chunks_that_coding_does_not_help_hardly_grow():
    rng = np.random.default_rng(4)
    for chunk in (
        np.array([[7]], dtype=np.int16),
        rng.integers(-100, 100, (3, 4), dtype=np.int8),
        rng.integers(-32768, 32767, (500, 4), dtype=np.int16),
        rng.normal(size=100),
    ):
        coded = AxocellCodec().encode(chunk)

        assert len(coded) <= chunk.nbytes + 38
        assert given_back(AxocellCodec(), coded) == chunk.tobytes()


def test_objects_are_refused():
    with pytest.raises(TypeError, match=r"^chunk must be of numbers, .* not of object$"):
        AxocellCodec().encode(np.array([{}]))


@pytest.mark.parametrize("order", ["x", 1.0, None, True])
def test_an_order_that_is_no_whole_number_is_refused(order):
    with pytest.raises(TypeError, match=f"^order must be a whole number, not {order!r}$"):
        AxocellCodec(order=order)
