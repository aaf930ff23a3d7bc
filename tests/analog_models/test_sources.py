from dataclasses import replace
from pathlib import Path

import pytest

from analog_models.frontend_config import FrontendConfig
from analog_models.sources import source_markdown, source_table

DOCUMENT = Path(__file__).parents[2] / "docs" / "recording_frontend.md"


def test_every_design_value_has_a_source():
    rows = source_table(FrontendConfig())

    assert len(rows) == 26
    for row in rows:
        assert row.source.startswith("assumed: "), row.name


def test_a_changed_value_says_so():
    config = replace(FrontendConfig().with_gain(100.0), oversampling=4)

    changed = [row.name for row in source_table(config) if row.source == "set in the design"]
    assert changed == ["amplifier.gain", "oversampling"]


def test_the_documented_table_is_fresh():
    assert source_markdown(FrontendConfig()) in DOCUMENT.read_text(encoding="utf-8")


def test_what_is_no_configuration_is_refused():
    with pytest.raises(TypeError, match=r"^configuration must be a dataclass, not int$"):
        source_table(3)
