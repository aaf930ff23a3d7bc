"""Importing the kit does nothing but define things."""

import json
import os
import subprocess
import sys

import pytest

from tests.project.sources import PACKAGES, ROOT, sources

# Seconds each; a command line that only prints its help should not wait for them.
HEAVY = {"amaranth", "neo", "numba", "plotly", "pynwb", "scipy", "spikeinterface"}
IN_A_SIMULATOR = "verification/cocotb_benches/"

WATCHED_IMPORT = """
import importlib, json, os, random, socket, sys, threading, warnings
from pathlib import Path
import numpy

def refuse(*arguments, **options):
    raise AssertionError("an import looked for the network")

others, ours = json.loads(sys.argv[1])
socket.socket.connect = socket.getaddrinfo = refuse
for name in others:
    importlib.import_module(name)

environment, state, random_state = dict(os.environ), numpy.random.get_state(), random.getstate()
threads = threading.active_count()
with warnings.catch_warnings():
    warnings.simplefilter("error")
    for name in ours:
        importlib.import_module(name)
assert dict(os.environ) == environment, "an import changed the environment"
assert threading.active_count() == threads, "an import started a thread"
assert random.getstate() == random_state, "an import drew a random number"
numpy.testing.assert_equal(numpy.random.get_state(), state)
assert not [*Path.cwd().iterdir()], "an import wrote a file"
"""


def run(*arguments, folder):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_importing_everything_has_no_side_effect(tmp_path):
    """Whatever the libraries do when they are imported, this kit adds nothing."""
    files = [each for each in sources(*PACKAGES) if not each.name.startswith(IN_A_SIMULATOR)]
    imported = {module for each in files for module, _ in each.imports}
    others = [name for name in imported if name.partition(".")[0] not in PACKAGES]

    names = json.dumps([sorted(others), [each.module for each in files]])
    ran = run("-c", WATCHED_IMPORT, names, folder=tmp_path)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize("module", [*PACKAGES, "system.cli"])
def test_a_package_is_imported_at_once(module, tmp_path):
    loaded = run("-c", f"import sys, {module}; print(*sys.modules)", folder=tmp_path)

    assert loaded.returncode == 0, loaded.stderr
    assert {name.partition(".")[0] for name in loaded.stdout.split()} & HEAVY == set()


def test_the_help_of_the_command_line_loads_nothing_heavy(tmp_path):
    program = (
        "import sys\n"
        "from system.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit:\n"
        "    pass\n"
        "print('loaded', *sys.modules)"
    )

    ran = run("-c", program, folder=tmp_path)

    assert ran.returncode == 0, ran.stderr
    loaded = ran.stdout.splitlines()[-1].split()
    assert loaded[0] == "loaded"
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
