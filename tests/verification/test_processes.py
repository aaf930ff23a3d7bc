import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from verification import processes
from verification.processes import Outcome, TimeLimitError, run_program

LIMIT_S = 60
BRIEFLY_S = 3.0  # a hundred times what Python needs to start
STARTS_ANOTHER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
print("began", child.pid, flush=True)
child.wait()
"""


def python(code, **options):
    return run_program([sys.executable, "-c", code], **{"limit_s": LIMIT_S, **options})


def test_status_and_all_that_was_said_are_returned():
    outcome = python(
        "import sys; print('one', flush=True); print('two', file=sys.stderr); sys.exit(3)"
    )

    assert outcome == Outcome(status=3, output="one\ntwo\n")


def test_the_signal_that_ended_a_program_is_its_status():
    assert python("import os; os.kill(os.getpid(), 15)").status == -15


def test_folder_environment_and_log_are_as_asked(tmp_path):
    log = tmp_path / "log"
    environment = {**os.environ, "WHO": "me"}

    python(
        "import os; print(os.environ['WHO'], os.getcwd())",
        folder=tmp_path,
        environment=environment,
        log=log,
    )

    assert log.read_text() == f"me {tmp_path.resolve()}\n"


def test_no_program_waits_for_input():
    assert python("import sys; print(repr(sys.stdin.read()))").output == "''\n"


def test_a_program_that_does_not_end_is_ended_with_all_that_it_started():
    began_s = time.monotonic()

    with pytest.raises(TimeLimitError) as caught:
        python(STARTS_ANOTHER, limit_s=BRIEFLY_S)

    message = r"python\S* must end within 3 s, but did not; what it said ends with\nbegan (\d+)\n"
    found = re.fullmatch(message, str(caught.value))
    assert found is not None
    assert time.monotonic() - began_s < LIMIT_S
    state = Path(f"/proc/{found[1]}/stat")  # without a parent it may not be cleared away at once
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_an_interrupt_ends_the_program_too(monkeypatch):
    started = []

    def interrupted(process, _limit_s=None):
        if not started:
            started.append(process)
            raise KeyboardInterrupt
        return wait(process)

    wait = subprocess.Popen.wait
    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)

    with pytest.raises(KeyboardInterrupt):
        python("import time; time.sleep(100)")

    assert started[0].returncode == -15


def test_a_program_that_is_asked_in_vain_is_ended_all_the_same(monkeypatch):
    monkeypatch.setattr(processes, "GRACE_S", 0.2)
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True)"

    with pytest.raises(TimeLimitError, match=r"ends with\ndeaf\n$"):
        python(f"{code}; time.sleep(100)", limit_s=BRIEFLY_S)
