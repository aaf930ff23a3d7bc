"""Writers of recordings in the formats of others, as small as their readers accept."""

import datetime
import gc
import json
import struct
import warnings
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np
import pynwb
from pynwb.ecephys import ElectricalSeries

NWBFile: Any = pynwb.NWBFile  # decorators hide the arguments from type checkers
NWBHDF5IO: Any = pynwb.NWBHDF5IO

SPIKEGLX_GAIN_V = 0.5 / 8192 / 80  # range over codes over amplification
OPEN_EPHYS_GAIN_V = 0.195e-6


def codes(frames, channels, seed=1):
    """Return int16 codes that tell frames and channels apart."""
    return np.random.default_rng(seed).integers(-2000, 2000, (frames, channels), dtype=np.int16)


def write_spikeglx(folder, codes, sampling_rate_hz, stream="imec0.ap", promised_bytes=None):
    """Write a run of a Neuropixels 2.0 probe: samples, a sync word per frame, and the meta file.

    Source: B. Karsh, "SpikeGLX metadata tags", version 3.0.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frames, channels = codes.shape
    binary = folder / f"run_g0_t0.{stream}.bin"
    np.hstack([codes, np.zeros((frames, 1), dtype=np.int16)]).tofile(binary)
    shanks = "".join(f"({c} 1 0 {c})" for c in range(channels))
    names = "".join(f"(AP{c};{c}:{c})" for c in range(channels))
    sites = "".join(f"(0:0:{c}:1)" for c in range(channels))
    meta = {
        "fileName": f"D:/run_g0_t0.{stream}.bin",
        "fileSizeBytes": promised_bytes or binary.stat().st_size,
        "firstSample": 0,
        "fileTimeSecs": frames / sampling_rate_hz,
        "imSampRate": sampling_rate_hz,
        "imAiRangeMax": 0.5,
        "imMaxInt": 8192,
        "imDatPrb_pn": "NP2000",
        "imDatPrb_type": 21,
        "nSavedChans": channels + 1,
        "snsApLfSy": f"{channels},0,1",
        "snsSaveChanSubset": f"0:{channels - 1},{channels}",
        "typeThis": "imec",
        "imChan0apGain": 80,
        "~imroTbl": f"(21,{channels}){shanks}",
        "~snsGeomMap": "(NP2000,1,0,70)" + "".join(f"(0:27:{20 * c}:1)" for c in range(channels)),
        "~snsChanMap": f"({channels},0,1){names}(SY0;{channels}:{channels})",
        "~snsShankMap": f"(1,2,640){sites}",
    }
    text = "".join(f"{key}={value}\n" for key, value in meta.items())
    binary.with_suffix(".meta").write_text(text)
    return binary


def write_open_ephys(folder, codes, sampling_rate_hz):
    """Write a recording in Open Ephys' binary format, one stream of one record node."""
    recording = folder / "Record Node 101" / "experiment1" / "recording1"
    stream = recording / "continuous" / "Acquisition_Board-100.acquisition_board"
    stream.mkdir(parents=True)
    codes.tofile(stream / "continuous.dat")
    np.save(stream / "timestamps.npy", np.arange(len(codes)) / sampling_rate_hz)
    np.save(stream / "sample_numbers.npy", np.arange(len(codes), dtype=np.int64))
    channel = {"bit_volts": OPEN_EPHYS_GAIN_V * 1e6, "units": "uV", "description": ""}
    signal = {
        "folder_name": stream.name + "/",
        "sample_rate": sampling_rate_hz,
        "source_processor_name": "Acquisition Board",
        "source_processor_id": 100,
        "stream_name": "acquisition_board",
        "recorded_processor": "Record Node",
        "recorded_processor_id": 101,
        "num_channels": codes.shape[1],
        "channels": [{"channel_name": f"CH{c + 1}", **channel} for c in range(codes.shape[1])],
    }
    oebin = {"GUI version": "0.6.7", "continuous": [signal], "events": [], "spikes": []}
    (recording / "structure.oebin").write_text(json.dumps(oebin))
    (folder / "Record Node 101" / "settings.xml").write_text("<SETTINGS></SETTINGS>")
    return recording / "structure.oebin"


def write_mcs_hdf5(path, codes, sampling_rate_hz):
    """Write the HDF5 file that Multi Channel Systems' converter makes: 0.1 uV a count."""
    frames, channels = codes.shape
    info = np.zeros(
        channels,
        dtype=[
            *(("ChannelID", "i4"), ("Label", "S8"), ("Unit", "S2"), ("Exponent", "i4")),
            *(("ADZero", "i4"), ("Tick", "i8"), ("ConversionFactor", "i8")),
        ],
    )
    info["ChannelID"] = np.arange(channels)
    info["Unit"], info["Exponent"], info["ConversionFactor"] = b"V", -9, 100
    info["Tick"] = round(1e6 / sampling_rate_hz)
    with h5py.File(path, "w") as file:
        stream = file.create_group("Data/Recording_0/AnalogStream/Stream_0")
        stream["ChannelData"] = codes.T.astype(np.int32)
        stream["ChannelDataTimeStamps"] = np.array([[0, 0, frames - 1]])
        stream["InfoChannel"] = info


def write_neuroscope(path, codes, sampling_rate_hz):
    """Write NeuroScope's pair of files: 16 bits over 20 V, amplified 1000 times."""
    codes.tofile(path)
    path.with_suffix(".xml").write_text(
        "<?xml version='1.0'?><parameters><acquisitionSystem><nBits>16</nBits>"
        f"<nChannels>{codes.shape[1]}</nChannels><samplingRate>{sampling_rate_hz}</samplingRate>"
        "<voltageRange>20</voltageRange><amplification>1000</amplification><offset>0</offset>"
        "</acquisitionSystem><anatomicalDescription><channelGroups><group>"
        + "".join(f"<channel skip='0'>{c}</channel>" for c in range(codes.shape[1]))
        + "</group></channelGroups></anatomicalDescription></parameters>"
    )


def write_neuralynx(folder, codes, sampling_rate_hz):
    """Write a continuously sampled record for each channel: 0.1 uV a count, 512 samples a block."""
    folder.mkdir()
    for channel, samples in enumerate(codes.T):
        header = {
            **{"FileType": "NCS", "FileVersion": 3.4, "RecordSize": 1044},
            **{"TimeCreated": "2020/01/01 00:00:00", "TimeClosed": "2020/01/01 00:10:00"},
            **{"HardwareSubSystemType": "DigitalLynxSX", "HardwareSubSystemName": "AcqSystem1"},
            **{"ApplicationName": 'Cheetah "6.4.1"', "AcqEntName": f"CSC{channel + 1}"},
            **{"ADChannel": channel, "NumADChannels": 1, "SamplingFrequency": sampling_rate_hz},
            **{"ADMaxValue": 32767, "ADBitVolts": "0.0000001", "InputRange": 3276},
            **{"InputInverted": False, "DSPLowCutFilterEnabled": False},
            **{"DspDelayCompensation": "Disabled"},
        }
        text = "######## Neuralynx Data File Header\r\n"
        text += "".join(f"-{key} {value}\r\n" for key, value in header.items())
        blocks = [
            struct.pack("<QIII", round(start / sampling_rate_hz * 1e6), channel, 0, 512)
            + samples[start : start + 512].astype("<i2").tobytes()
            for start in range(0, len(samples), 512)
        ]
        content = text.encode("latin-1").ljust(16_384, b"\0") + b"".join(blocks)
        (folder / f"CSC{channel + 1}.ncs").write_bytes(content)


def write_blackrock(path, codes, ticks_per_sample):
    """Write an NSx file of version 2.3, its clock at 30 kHz: 0.25 uV a count."""
    frames, channels = codes.shape
    date = (2020, 1, 3, 1, 0, 0, 0, 0)
    start = struct.pack("<8s2BI16s256s", b"NEURALCD", 2, 3, 314 + 66 * channels, b"", b"")
    start += struct.pack("<2I8HI", ticks_per_sample, 30_000, *date, channels)
    labels = [
        struct.pack(
            "<2sH16s2B4h16s", b"CC", c + 1, b"", 1, c + 1, -32000, 32000, -8000, 8000, b"uV"
        )
        + struct.pack("<2IH2IH", 300, 4, 1, 7_500_000, 3, 1)
        for c in range(channels)
    ]
    data = struct.pack("<B2I", 1, 0, frames) + codes.astype("<i2").tobytes()
    path.write_bytes(start + b"".join(labels) + data)


def write_nwb(path, series, spike_times=()):
    """Write an NWB file with one series for each of ``name: (data, rate, conversion)``."""
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    file = NWBFile(session_description="test", identifier="test", session_start_time=start)
    device = file.create_device(name="probe")
    group = file.create_electrode_group(
        "shank", description="shank", location="unknown", device=device
    )
    widest = max(np.atleast_2d(data.T).shape[0] for data, _, _ in series.values())
    for _ in range(widest):
        file.add_electrode(group=group, location="unknown")
    for name, (data, rate, conversion) in series.items():
        region = file.create_electrode_table_region(
            region=list(range(np.atleast_2d(data.T).shape[0])), description="all"
        )
        file.add_acquisition(
            ElectricalSeries(
                name=name,
                data=data,
                electrodes=region,
                rate=float(rate),
                starting_time=5.0,
                conversion=conversion,
            )
        )
    for times in spike_times:
        file.add_unit(spike_times=times)
    with NWBHDF5IO(path, "w") as io:
        io.write(file)


def write_matlab_73(path, variables):
    """Write a MATLAB 7.3 file: HDF5 after 512 bytes, sides swapped, cells as references."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in variables.items():
            if isinstance(value, list):
                cells = np.empty((len(value), 1), dtype=h5py.ref_dtype)
                for number, item in enumerate(value):
                    stored = file.create_dataset(
                        f"#refs#/{name}{number}", data=np.atleast_2d(item).T
                    )
                    cells[number, 0] = stored.ref
                dataset = file.create_dataset(name, data=cells)
                dataset.attrs["MATLAB_class"] = np.bytes_("cell")
            else:
                dataset = file.create_dataset(name, data=np.atleast_2d(value).T)
                kind = {"float64": "double", "float32": "single"}.get(dataset.dtype.name)
                dataset.attrs["MATLAB_class"] = np.bytes_(kind or dataset.dtype.name)
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


@contextmanager
def leaving_files_open():
    """Allow what SpikeInterface (when it writes) and Neo (Blackrock) do with their files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        warnings.filterwarnings("ignore", message="The extractor is not serializable")
        yield
        gc.collect()


def quiroga_record(seed=3, frames=48_000, spikes=40):
    """Return the variables of a simulated record at 24 kS/s, and where its spikes peak."""
    rng = np.random.default_rng(seed)
    data = 0.02 * rng.standard_normal(frames)
    onset = 400 + np.arange(spikes) * (frames - 1_000) // spikes
    unit = rng.integers(0, 2, spikes)
    peaks = np.array([20, 14])
    time = np.arange(64)
    for start, which in zip(onset, unit, strict=True):
        data[start : start + 64] += (
            np.exp(-(((time - peaks[which]) / 4.0) ** 2)) * (1.0, -0.8)[which]
        )
    variables = {
        "data": data[np.newaxis],
        "samplingInterval": np.array([[1 / 24]]),
        "spike_times": [onset[np.newaxis] + 1.0],
        "spike_class": [unit[np.newaxis] + 1.0, np.zeros((1, spikes))],
    }
    return variables, onset + peaks[unit], unit
