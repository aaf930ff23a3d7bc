import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rtl.caches import cache_folder, environment, writable_caches


@pytest.fixture
def no_cache(monkeypatch):
    """Make the user's cache folder impossible, for root too: it would be inside of a file."""
    monkeypatch.setenv("XDG_CACHE_HOME", f"{os.devnull}/cache")


def test_it_is_among_the_users_caches(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    folder = cache_folder("chains")

    assert folder == tmp_path / "axocell" / "chains"
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("no_cache")
def test_without_a_users_cache_it_is_temporary_the_same_and_private():
    folder = cache_folder("chains")
    (folder / "made").touch()

    assert cache_folder("chains") == folder
    assert cache_folder("others") == folder.with_name("others")
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


SHOW_FOLDER = """
import sys
from rtl.caches import cache_folder

sys.stdout.write(str(cache_folder("chains").resolve(strict=True)))
"""


@pytest.mark.usefixtures("no_cache")
def test_a_temporary_one_goes_with_the_process():
    done = subprocess.run(
        [sys.executable, "-c", SHOW_FOLDER], capture_output=True, text=True, check=True
    )

    assert Path(done.stdout).parent.name.startswith("axocell-")
    assert not Path(done.stdout).parent.exists()


def test_libraries_keep_to_a_users_cache_that_can_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with writable_caches():
        assert os.environ["XDG_CACHE_HOME"] == str(tmp_path)


@pytest.mark.usefixtures("no_cache")
def test_libraries_find_another_folder_instead():
    with writable_caches():
        folder = Path(os.environ["XDG_CACHE_HOME"])
        (folder / "theirs").touch()

    assert folder == cache_folder("ours").parent
    assert os.environ["XDG_CACHE_HOME"] == f"{os.devnull}/cache"


def test_variables_are_set_back_after_an_error(monkeypatch):
    monkeypatch.setenv("AXOCELL_TEST_ONE", "1")
    monkeypatch.delenv("AXOCELL_TEST_TWO", raising=False)
    seen = {}

    def fail():
        with environment(AXOCELL_TEST_ONE="2", AXOCELL_TEST_TWO="2"):
            seen.update(os.environ)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert (seen["AXOCELL_TEST_ONE"], seen["AXOCELL_TEST_TWO"]) == ("2", "2")
    assert os.environ["AXOCELL_TEST_ONE"] == "1"
    assert "AXOCELL_TEST_TWO" not in os.environ
