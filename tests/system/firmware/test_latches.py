"""A processor with registers of latches, in a simulator in which they power up unknown."""

import subprocess

from rtl.processor import Processor
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from system.firmware.build import image_path
from system.firmware.elf import read_elf
from system.generate import generate_files, write_files
from verification.simulators import find_program

CYCLES = 6000
WATCH = """\
  initial begin
    repeat (4) @(negedge clk);
    rst = 1'b0;
    repeat (400) @(negedge clk);
    rst = 1'b1;  // while it runs
    repeat (3) @(negedge clk);
    rst = 1'b0;
    repeat ({cycles}) @(negedge clk);
    $display("no end");
    $finish;
  end

  always @(posedge clk) if (!rst) begin
    if (output__valid === 1'bx || finished === 1'bx) $display("unknown");
    if (output__valid && output__ready) $write("%c", output__payload);
    if (finished) begin
      $display("exit %0d", exit_code);
      $finish;
    end
  end
endmodule
"""


def test_a_program_runs_whatever_latches_held_before(tmp_path):
    program = read_elf(image_path("hello"))
    text = bytearray(max(each.load_address + len(each.content) for each in program.segments))
    for each in program.segments:
        text[each.load_address : each.load_address + len(each.content)] = each.content
    config = ProcessorSystemConfig(
        core=ProcessorCoreConfig(reset_address=program.entry, registers="latches"),
        processor_map=ProcessorMap(text_bytes=4096),
        mac_array=False,
    )
    files = generate_files(
        "processor",
        Processor(config, text=bytes(text)),
        summary="",
        registers=(),
        config={},
        command=["none"],
    )
    ports, clock, _ = files["processor_tb.v"].partition("  always #20 clk = ~clk;\n")
    ports = ports.replace("output__ready = 1'd0", "output__ready = 1'd1")
    bench = ports + clock + WATCH.format(cycles=CYCLES)
    write_files({**files, "processor_tb.v": bench}, tmp_path / "processor")
    compiler = find_program(("iverilog",), purpose="Icarus Verilog", package="iverilog")

    subprocess.run(
        [compiler, "-g2005", "-o", "bench", "processor.v", "processor_tb.v"],
        cwd=tmp_path / "processor",
        check=True,
    )
    run = subprocess.run(
        [compiler.with_name("vvp"), "-n", "bench"],
        cwd=tmp_path / "processor",
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert "hello, world\ninstructions: 501\n" in run.stdout
    assert run.stdout.splitlines()[-1].startswith("exit 0")
    assert "unknown" not in run.stdout
