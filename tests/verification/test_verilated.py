import os

import pytest
from platformdirs import user_cache_path

from rtl.caches import cache_folder
from verification import verilated
from verification.verilated import build_verilated

VERILOG = """
module blinker(input clk, input rst, output reg led);
  always @(posedge clk) led <= rst ? 1'b0 : ~led;
endmodule
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "blinker.v"
    path.write_text(VERILOG)
    return path


def test_the_runtime_library_is_compiled_once(source, tmp_path):
    cache = user_cache_path("axocell") / "verilator"
    stamps = []
    for build in ("first", "second"):
        executable = build_verilated(source, "blinker", tmp_path / build)
        stamps.append({path: path.stat().st_mtime_ns for path in cache.rglob("*.o")})
        assert executable.is_file()

    assert stamps[0] == stamps[1]
    assert {"verilated.o", "verilated_vpi.o"} <= {path.name for path in stamps[0]}


def test_verilog_that_does_not_compile_is_an_error_with_the_reason(source, tmp_path):
    source.write_text(VERILOG.replace("led <=", "lamp <="))

    with pytest.raises(RuntimeError, match=r"(?s)^verilator_bin failed.*'lamp'"):
        build_verilated(source, "blinker", tmp_path)


def test_a_top_module_that_is_not_there_is_an_error(source, tmp_path):
    with pytest.raises(RuntimeError, match=r"^module lamp must be in the Verilog, but is not$"):
        build_verilated(source, "lamp", tmp_path)


def test_without_a_users_cache_the_runtime_library_is_kept_until_the_process_ends(
    source, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", f"{os.devnull}/cache")
    folders = []

    def not_compiled(_sources, _command, _tools, folder):
        folders.append(folder)
        raise RuntimeError("it takes half a minute")

    monkeypatch.setattr(verilated, "_compiled_runtime", not_compiled)

    with pytest.raises(RuntimeError, match="half a minute"):
        build_verilated(source, "blinker", tmp_path)

    assert folders == [cache_folder("verilator")]
    assert folders[0].is_dir()
