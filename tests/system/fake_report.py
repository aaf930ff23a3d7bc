"""A realistic report dict, drawn from a seed: what a run would have found, without the run."""

from typing import Any

import numpy as np

SAMPLING_RATE_HZ = 24_000.0
SNIPPET_SAMPLES = 64
NOISE_LEVELS = (0.05, 0.1, 0.15, 0.2)


def fake_report(
    *, channels: int = 68, seed: int = 5, truth: bool = True, engine: str = "cxxrtl"
) -> dict[str, Any]:
    """Return a report of schema 1 as a pipeline would give it: NumPy arrays here and there."""
    rng = np.random.default_rng(seed)
    seconds = 60.0
    frames = int(seconds * SAMPLING_RATE_HZ)
    per_channel = [_channel(channel, rng) for channel in range(channels)]
    shown = list(range(min(channels, 8)))
    traces = [_trace(channel, rng, truth=truth) for channel in shown]
    detected = [item["detected"] for item in per_channel]
    samples = channels * frames if engine == "cxxrtl" else 0
    return {
        "schema": 1,
        "axocell": {
            "version": "0.1.0",
            "generated": "2026-11-21T09:30:00+00:00",
            "command": ["axocell", "run", "--seconds", "60"],
            "python": "3.11.2",
            "platform": "Linux-6.1-x86_64",
            "packages": {"numpy": "2.4.6", "amaranth": "0.5.10", "numba": "0.64.0"},
        },
        "recording": {
            "name": f"embedded, {channels} channels",
            "source": "system.ground_truth",
            "sampling_rate_hz": SAMPLING_RATE_HZ,
            "channels": channels,
            "frames": frames,
            "seconds": seconds,
            "whole_s": seconds,
        },
        "design": {
            "name": "default",
            "frontend": {
                "bits": 10,
                "supply_v": 0.5,
                "gain": 200.0,
                "high_pass_hz": 1.0,
                "noise": {"nef": 2.4, "flicker_corner_hz": 180.0, "bandwidth_hz": 7500.0},
            },
            "band_pass": {"low_hz": 300.0, "high_hz": 6000.0, "coefficient_bits": 16},
            "detector": {
                "mode": "smoothed_neo",
                "lag": 1,
                "multiplier": 6.0,
                "refractory_s": 1e-3,
                "alignment_s": 5e-4,
                "enabled": True,
                "thresholds": [],
            },
        },
        "seeds": {"die": 1, "noise": 2, "recording": np.int64(seed)},
        "frontend": _frontend(channels, rng),
        "detection": _detection(per_channel) if truth else None,
        "events": {"count": sum(detected), "lost": 0, "per_channel": np.array(detected)},
        "data_rate": _data_rate(channels, sum(detected) / seconds),
        "codecs": [_coded("all samples", 0), _coded("all samples, 2 bits coarser", 900)],
        "rtl_golden": {
            "engine": engine,
            "samples": samples,
            "mismatches": 0,
            "event_samples": samples,
            "event_mismatches": 0,
            "event_losses": 0,
            "events_compared": sum(detected) if samples else 0,
            "seconds": seconds if samples else 0.0,
            "covered_fraction": 1.0 if samples else 0.0,
            "note": None if samples else "no C++ compiler was found",
        },
        "codec_rtl_golden": [_checked("all samples", 57_663)] if samples else [],
        "speed": {
            "golden_x_real_time": 127.4,
            "rtl_x_real_time": 4.31 if samples else None,
            "rtl_cycles_per_s": 1.49e7 if samples else None,
            "frontend_x_real_time": 11.8,
            "wall_s": 24.6,
        },
        "traces": traces,
        "snippets": [_snippets(channel, rng) for channel in shown],
        "outputs": {"sorting": "build/run/sorting", "nwb": "build/run/spikes.nwb"},
        "notes": ["The recording is generated, with a spike shape set of our own."],
    }


def quiet_report(**settings: Any) -> dict[str, Any]:
    """Return a report in which nothing was found and nothing could be measured."""
    report = fake_report(**{"truth": False, "engine": "none", **settings})
    channels = report["recording"]["channels"]
    report["events"] = {"count": 0, "lost": 0, "per_channel": [0] * channels}
    report["frontend"] |= {"channels": [], "spectrum": None, "power_w_per_channel": None}
    del report["frontend"]["converters"]
    report["data_rate"] |= {"snippet_bits_per_s": 0.0, "event_bits_per_s": 0.0}
    report["data_rate"] |= {"reduction": None, "space_saving": None}
    report["rtl_golden"] = dict.fromkeys(report["rtl_golden"]) | {"engine": "none", "samples": 0}
    report["speed"] = dict.fromkeys(report["speed"])
    report["snippets"] = []
    report["traces"] = [trace | {"spike_s": []} for trace in report["traces"]]
    report["outputs"] = {"sorting": None, "nwb": None}
    report["notes"] = []
    return report


def _scores(positives: int, alarms: int, missed: int) -> dict[str, float]:
    precision, recall = positives / (positives + alarms), positives / (positives + missed)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
    }


def _channel(channel: int, rng: np.random.Generator) -> dict[str, Any]:
    noise = NOISE_LEVELS[channel % len(NOISE_LEVELS)]
    truth = int(rng.poisson(60 * rng.uniform(8, 60)))
    missed = int(rng.binomial(truth, 0.01 + 0.9 * noise**2))
    alarms = int(rng.poisson(60 * 8 * noise**2))
    neutral = truth // 2
    return {
        "channel": channel,
        "noise_level": noise,
        **_scores(truth - missed, alarms, missed),
        "false_alarms_per_s": alarms / 60,
        "timing_error_s": 2.1e-5 + 1.2e-4 * noise * rng.uniform(0.8, 1.2),
        "truth": truth,
        "detected": truth - missed + alarms + neutral,
        "neutral": neutral,
    }


def _detection(per_channel: list[dict[str, Any]]) -> dict[str, Any]:
    def pooled(items: list[dict[str, Any]]) -> tuple[int, int, int]:
        alarms = round(sum(60 * item["false_alarms_per_s"] for item in items))
        positives = sum(item["detected"] - item["neutral"] for item in items) - alarms
        return positives, alarms, sum(item["truth"] for item in items) - positives

    positives, alarms, missed = pooled(per_channel)
    levels = sorted({item["noise_level"] for item in per_channel})
    by_level = {
        level: [item for item in per_channel if item["noise_level"] == level] for level in levels
    }
    return {
        **_scores(positives, alarms, missed),
        "false_alarms_per_s": alarms / 60,
        "true_positives": positives,
        "false_positives": alarms,
        "false_negatives": missed,
        "neutral": sum(item["neutral"] for item in per_channel),
        "tolerance_s": 5e-4,
        "timing_error_s": {"offset": 1.25e-4, "median": 3.1e-5, "std": 4.4e-5, "p95": 9.2e-5},
        "per_channel": per_channel,
        "per_noise_level": [
            {"noise_level": level, "channels": len(items), **_scores(*pooled(items))}
            for level, items in by_level.items()
        ],
    }


def _frontend(channels: int, rng: np.random.Generator) -> dict[str, Any]:
    sndr_db = 55.6 + 0.7 * rng.standard_normal(channels)
    noise_v = 5.2e-6 * (1 + 0.04 * rng.standard_normal(channels))
    return {
        "bits": 10,
        "gain": 200.0,
        "full_scale_v": 2.5e-3,
        "lsb_v": 5e-3 / 1024,
        "clipped_samples": 12,
        "clipped_fraction": 12 / (channels * 60 * SAMPLING_RATE_HZ),
        "power_w_per_channel": 4.38e-7,
        "published_power_w_per_channel": 4.1e-7,
        "channels": [
            {
                "channel": channel,
                "enob_bits": (sndr_db[channel] - 1.76) / 6.02,
                "sndr_db": sndr_db[channel],
                "input_noise_v": noise_v[channel],
                "nef": 2.4 * noise_v[channel] / 5.2e-6,
                "recording_noise_v": 1.1 * noise_v[channel],
                "gain": 200 * (1 + 0.01 * rng.standard_normal()),
            }
            for channel in range(channels)
        ],
        "converters": [
            {
                "converter": 0,
                "enob_bits": 9.61,
                "sndr_db": 59.6,
                "sfdr_db": 71.2,
                "thd_db": -69.8,
                "dnl_lsb": 0.31,
                "inl_lsb": 0.52,
                "offset_lsb": -1.2,
                "spectrum": _spectrum(None, -61.5, rng),
            }
        ],
        "spectrum": _spectrum(0, -57.0, rng),
    }


def _spectrum(channel: int | None, noise_dbfs: float, rng: np.random.Generator) -> dict[str, Any]:
    bins, tone = 2048, 173
    frequency_hz = np.arange(1, bins + 1) * SAMPLING_RATE_HZ / 2 / bins
    power = 10 ** (noise_dbfs / 10) / bins * rng.gamma(4, 0.25, size=bins)
    power *= 1 + (0 if channel is None else 120 / frequency_hz)
    for harmonic, level_dbfs in ((1, -1.0), (2, -71.0), (3, -66.0)):
        power[harmonic * tone - 1] += 10 ** (level_dbfs / 10)
    return {
        "frequency_hz": frequency_hz,
        "power_dbfs": 10 * np.log10(power),
        "tone_hz": frequency_hz[tone - 1],
        "channel": channel,
    }


def _data_rate(channels: int, events_per_s: float) -> dict[str, Any]:
    raw = channels * SAMPLING_RATE_HZ * 10
    snippets = events_per_s * (32 + 10 * SNIPPET_SAMPLES)
    return {
        "word_bits": 10,
        "input_bits_per_s": raw,
        "event_bits_per_s": events_per_s * 32,
        "snippet_bits_per_s": snippets,
        "reduction": raw / snippets,
        "space_saving": 1 - snippets / raw,
    }


def _shape(unit: int) -> np.ndarray:
    time_s = np.arange(-20, 44) / SAMPLING_RATE_HZ
    width_s = (1.0e-4, 1.4e-4, 0.8e-4)[unit]
    trough = -np.exp(-((time_s / width_s) ** 2))
    hump = (0.35, 0.2, 0.45)[unit] * np.exp(-(((time_s - 4e-4) / (2.4 * width_s)) ** 2))
    return 9.5e-5 * (1.0, 0.7, 1.15)[unit] * (trough + hump)


def _noise(count: int, noise_v: float, rng: np.random.Generator) -> np.ndarray:
    white = rng.standard_normal(count + 8)
    smooth = np.convolve(white, np.hanning(8), mode="valid")[:count]
    return noise_v * (smooth - smooth.mean()) / smooth.std()


def _trace(channel: int, rng: np.random.Generator, *, truth: bool) -> dict[str, Any]:
    count, start_s = 24_000, 12.0
    level = NOISE_LEVELS[channel % len(NOISE_LEVELS)]
    volts = _noise(count, level * 9.5e-5, rng)
    times = np.sort(rng.choice(np.arange(100, count - 100, 90), size=32, replace=False))
    for time in times:
        volts[time - 20 : time + 44] += _shape(int(rng.integers(3)))
    found = times[rng.random(len(times)) > 0.06]
    alarms = rng.integers(100, count - 100, size=2)
    spikes = np.sort(np.concatenate((found + 3 + rng.normal(0, 0.8, len(found)), alarms)))
    return {
        "channel": channel,
        "start_s": start_s,
        "sampling_rate_hz": SAMPLING_RATE_HZ,
        "filtered_v": volts,
        "spike_s": start_s + spikes / SAMPLING_RATE_HZ,
        "truth_s": start_s + times / SAMPLING_RATE_HZ if truth else None,
        "noise_level": level if truth else None,
    }


def _snippets(channel: int, rng: np.random.Generator) -> dict[str, Any]:
    noise_v = NOISE_LEVELS[channel % len(NOISE_LEVELS)] * 9.5e-5
    waveforms = [
        _shape(int(rng.integers(3))) + _noise(SNIPPET_SAMPLES, noise_v, rng) for _ in range(60)
    ]
    return {
        "channel": channel,
        "sampling_rate_hz": SAMPLING_RATE_HZ,
        "waveforms_v": np.array(waveforms),
    }


def _checked(mode: str, size: int) -> dict[str, Any]:
    return {
        "mode": mode,
        "engine": "cxxrtl",
        "channels": 16,
        "samples": 64_000,
        "packets": 140,
        "packet_items": 527,
        "bytes": size,
        "mismatches": 0,
        "first_mismatch": None,
        "cycles": 583_281,
        "seconds": 0.25,
        "covered_fraction": 0.25 / 60,
    }


def _coded(mode, wrong):
    return {
        "mode": mode,
        "word_bits": 10,
        "channels": 1,
        "raw_bits": 80_000,
        "coded_bytes": 4000,
        "space_saving": 0.6,
        "sent": 1000,
        "wrong": wrong,
        "sndr_db": 26.0 if wrong else None,
        "largest_error": 2 if wrong else 0,
        "bin_s": 0.5,
        "bytes_per_bin": [1000, 2000, 1000],
    }
