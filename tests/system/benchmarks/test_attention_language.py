import json

import pytest

from system.benchmarks import NotMeasured
from system.benchmarks.attention_language import measure
from system.errors import UserError
from tests.system.attention.report_data import a_report, some_points


def write_runs(folder, *changes):
    """One report a seed."""
    hardened = [each for each in some_points(0.5) if each.knob.grows]
    for seed, change in enumerate(changes, start=1):
        report = a_report(noise_aware_points=hardened)
        report["plan"]["seed"] = seed
        path = folder / f"seed-{seed}" / "report.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({**report, **change}))
    return folder


def rows_of(folder):
    return {
        row.name.removeprefix("attention_language."): row
        for row in measure(lambda _: None, folder=folder)
    }


def test_rows_are_means_over_the_seeds(tmp_path):
    gaps = ({"hardware_minus_software_bits": 0.05}, {"hardware_minus_software_bits": 0.11})

    rows = rows_of(write_runs(tmp_path, *gaps))

    assert rows["seeds"].value == 2
    assert rows["hardware_minus_software"].value == pytest.approx(0.08)
    assert rows["hardware_minus_software"].goal == 0.10
    assert rows["hardware_minus_software.worst_seed"].value == 0.11
    assert rows["recovered.initialised"].value == pytest.approx(0.9)
    assert (rows["recovered.initialised"].goal, rows["recovered.scalers"].goal) == (0.85, 0.95)


def test_what_is_affordable_is_told_of_every_imperfection(tmp_path):
    rows = rows_of(write_runs(tmp_path, {}))

    decay = rows["affordable.decay"]
    assert (decay.unit, decay.better) == ("per token", "higher")
    assert rows["affordable.decay.noise_aware"].value > decay.value
    assert "affordable.stored_levels" not in rows  # it has no zero
    assert "affordable.second_converters_offset" in rows


def test_a_run_without_sweeps_counts_for_all_else(tmp_path):
    swept = rows_of(write_runs(tmp_path / "one", {}))
    plan = {**a_report()["plan"], "dies": 0, "noise_steps": 0}
    unswept = {"sweeps": [], "plan": plan, "hardware_minus_software_bits": 0.5}

    rows = rows_of(write_runs(tmp_path / "two", unswept, {}))

    assert rows["seeds"].value == 2
    assert rows["hardware_minus_software.worst_seed"].value == 0.5
    assert rows["affordable.cell_gain"] == swept["affordable.cell_gain"]


def test_a_loss_too_small_has_no_part_recovered(tmp_path):
    none = dict.fromkeys(a_report()["recovered"])

    rows = rows_of(write_runs(tmp_path, {"recovered": none}))

    assert not [name for name in rows if name.startswith("recovered")]


def test_without_a_run_nothing_is_measured(tmp_path):
    with pytest.raises(NotMeasured) as error:
        rows_of(tmp_path)

    assert str(error.value) == (
        f"attention_language must find a run in {tmp_path}, but finds none: "
        f"axocell attention --full --seed 1 --output {tmp_path / 'seed-1'}"
    )


def test_runs_of_another_length_are_not_mixed(tmp_path):
    folder = write_runs(tmp_path, {}, {"plan": {**a_report()["plan"], "steps": 7}})

    with pytest.raises(UserError) as error:
        rows_of(folder)

    assert str(error.value) == (
        f"{folder / 'seed-2' / 'report.json'}: must be of a run like that of "
        f"{folder / 'seed-1' / 'report.json'}, whose steps is 450, not 7"
    )


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", "3"])
def test_what_is_no_report_is_refused(content, tmp_path):
    (tmp_path / "seed-1").mkdir()
    path = tmp_path / "seed-1" / "report.json"
    path.write_text(content)

    with pytest.raises(UserError) as error:
        rows_of(tmp_path)

    assert str(error.value) == f"{path}: must be a report of axocell attention, but is not"
