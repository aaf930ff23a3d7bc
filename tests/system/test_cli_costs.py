"""``axocell costs``."""

import json

from system.cli import main
from system.costs.attention_logic import count_head_logic


def test_tables_are_shown_and_everything_is_written(capsys, tmp_path):
    path = tmp_path / "costs.json"

    assert main(["costs", "--output", str(path)]) == 0

    costs = json.loads(path.read_text(encoding="utf-8"))
    logic = count_head_logic()
    assert costs["latency_s"]["total"] == logic.latency_cycles * 1e-9
    counted = {each["name"]: each["value"] for each in costs["area_m2"]["quantities"]}
    assert counted["flip_flops"] == logic.flip_flops
    assert "the same function, all digital" in capsys.readouterr().out
