import subprocess

import pytest

from verification.icarus import icarus_verilog

PASSING_THROUGH_OTHER_VALUES = """
module top;
  reg \\b$1  = 1'h1;
  reg p;
  reg q;
  reg r;
  always @*
    begin p = 0; if (\\b$1 ) p = 1; end
  always @*
    begin q = 0; if (p) q = 1; end
  always @*
    begin r = 0; if (q) r = 1; end
  initial #1 $display("r is %b", r);
endmodule
"""


@pytest.mark.parametrize(
    ("declared", "assigned"),
    [
        ("  reg busy = 1'h0;", "  reg busy;\n  initial busy <= 1'h0;"),
        ("  reg \\at$1  = 1'h1;", "  reg \\at$1 ;\n  initial \\at$1  <= 1'h1;"),
        ("  reg signed [7:0] sum = 8'hff;", "  reg signed [7:0] sum;\n  initial sum <= 8'hff;"),
        ("  reg [4095:0] row =\n4096'h0;", "  reg [4095:0] row;\n  initial row <=\n4096'h0;"),
    ],
    ids=["bit", "escaped_name", "signed", "broken_line"],
)
def test_initial_values_become_assignments(declared, assigned):
    assert icarus_verilog(f"{declared}\n") == f"{assigned}\n"


@pytest.mark.parametrize(
    "other",
    ["  reg [7:0] next;\n", "  reg [7:0] words [3:0];\n", "  assign busy = 1'h1;\n"],
    ids=["no_value", "memory", "wire"],
)
def test_all_else_stays_as_it_is(other):
    assert icarus_verilog(other) == other


def test_logic_is_evaluated_at_the_start_and_comes_to_rest(tmp_path):
    (tmp_path / "top.v").write_text(icarus_verilog(PASSING_THROUGH_OTHER_VALUES))
    subprocess.run(["iverilog", "-otop", "top.v"], cwd=tmp_path, check=True, timeout=60)

    done = subprocess.run(
        ["vvp", "top"], cwd=tmp_path, check=True, timeout=60, capture_output=True, text=True
    )

    assert done.stdout == "r is 1\n"
