import hashlib
import json

import pytest

from rtl.processor_map import PERIPHERALS, Line, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from system.errors import UserError
from system.firmware.build import (
    KIT_PROGRAMS,
    build_images,
    build_program,
    image_path,
    kit_folder,
)
from system.firmware.headers import generated_files
from system.firmware.machine import Observer
from system.firmware.runner import machine_for, open_program
from system.firmware.toolchain import find_toolchain
from tests.system.firmware.programs import SAYS

MANIFEST = json.loads((kit_folder() / "images" / "manifest.json").read_text(encoding="utf-8"))


def run(path):
    written = bytearray()
    outcome = machine_for("golden", open_program(path)).run(
        5_000_000, Observer(console=written.extend)
    )
    return outcome.exit_code, bytes(written)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    said = []
    build_images(folder, said.append)
    assert len(said) == len(KIT_PROGRAMS)
    return folder


def test_the_committed_images_are_those_of_the_manifest():
    digests = {
        name: hashlib.sha256(image_path(name).read_bytes()).hexdigest() for name in KIT_PROGRAMS
    }

    assert digests == MANIFEST["sha256"]
    assert sorted(path.stem for path in image_path("hello").parent.glob("*.elf")) == sorted(digests)


@pytest.mark.parametrize("name", KIT_PROGRAMS)
def test_the_sources_give_the_committed_image(built, name):
    """To the byte by the compiler that made it; by another, a program that does the same."""
    image = (built / f"{name}.elf").read_bytes()

    if find_toolchain().version() == MANIFEST["compiler"]:
        assert image == image_path(name).read_bytes()
    elif name != "hello":  # which says how many instructions it took
        assert run(built / f"{name}.elf") == (0, SAYS[name])


def test_an_image_tells_nothing_of_where_it_was_built(built):
    for path in built.glob("*.elf"):
        content = path.read_bytes()
        assert b"/" + b"tmp" not in content
        assert str(kit_folder()).encode() not in content


SOURCE = """
#include "console.h"
#include "processor.h"
#include "text.h"

static const char text[] = "a text of some length";
static char copy[40] = "?", other[40];
static volatile int32_t signs[] = {7, -7};

int main(void)
{
    print("[%5d|%-5d|%05d|%x|%X|%c|%s|%%|%lu]", -42, -42, -42, 0xbeef, 0xBEEF, 'z', text, 9ul);
    strcpy(copy + 1, text);
    memmove(copy + 3, copy + 1, 10);
    memset(other, 'x', 7);
    memcpy(other + 1, copy, 5);
    print("%s|%s|", copy, other);
    print("%d%d%d", strcmp("abcdefgh", "abcdefgi"), memcmp("ab", "aa", 2), (int)strlen(text));
    print("|%d %d", (int)(((int64_t)signs[1] << 33) / signs[0] >> 30), signs[1] % 4);
    return 3 + get_character();
}
"""
MOVED = b"?a a text of me length|x?a a x|-1121|-8 -3"


def test_console_and_text_do_what_c_expects(tmp_path):
    source = tmp_path / "main.c"
    source.write_text(SOURCE, encoding="utf-8")

    build_program([source], tmp_path / "out" / "a.elf")

    assert run(tmp_path / "out" / "a.elf") == (
        2,
        b"[  -42|-42  |-0042|beef|BEEF|z|a text of some length|%|9]" + MOVED,
    )


def test_an_exception_that_nobody_handles_is_told_and_ends_the_program(tmp_path):
    source = tmp_path / "main.c"
    source.write_text("int main(void) { return *(volatile int *)0x70000000; }", encoding="utf-8")

    build_program([source], tmp_path / "a.elf")

    code, written = run(tmp_path / "a.elf")
    assert code == 128 + 5
    assert written.startswith(b"unexpected exception 5 at 0000")
    assert written.endswith(b", value 70000000\n")


COREMARK_H = """
enum { SEED_ARG, SEED_FUNC, SEED_VOLATILE, MEM_STATIC = 0, MEM_MALLOC, MEM_STACK };
#include "core_portme.h"
typedef ee_u32 secs_ret;
void start_time(void), stop_time(void);
CORE_TICKS get_time(void);
secs_ret time_in_secs(CORE_TICKS ticks);
"""
CORE_MAIN = """
#include "coremark.h"
extern volatile ee_s32 seed3_volatile, seed4_volatile;
int main(void)
{
    core_portable port;
    portable_init(&port, NULL, NULL);
    start_time();
    stop_time();
    ee_printf("%d %d %d", seed3_volatile, seed4_volatile, get_time() > 0 && !time_in_secs(99));
    portable_fini(&port);
    return port.portable_id;
}
"""


def test_the_port_of_coremark_has_what_coremark_asks_for(tmp_path):
    (tmp_path / "coremark.h").write_text(COREMARK_H, encoding="utf-8")
    (tmp_path / "core_main.c").write_text(CORE_MAIN, encoding="utf-8")
    options = ["-DITERATIONS=12"]

    build_program([tmp_path / "core_main.c"], tmp_path / "a.elf", options=options, port="coremark")

    assert run(tmp_path / "a.elf") == (0, b"102 12 1")


def test_what_cannot_be_built_is_a_line(tmp_path):
    wrong = tmp_path / "wrong.c"
    wrong.write_text("int main(void) { return nothing; }", encoding="utf-8")
    alone = tmp_path / "alone.c"
    alone.write_text("int helper(void) { return 0; }", encoding="utf-8")
    large = tmp_path / "large.c"
    large.write_text("char a[65536]; int main(void) { return a[9]; }", encoding="utf-8")
    complaints = {
        wrong: "riscv64-unknown-elf-gcc failed: wrong.c:1:25: error: 'nothing' undeclared",
        alone: "riscv64-unknown-elf-gcc failed: ",
        large: "riscv64-unknown-elf-gcc failed: ",
        tmp_path / "a.cpp": f"{tmp_path}/a.cpp: suffix must be .c or .S, not '.cpp'",
        tmp_path / "gone.c": f"{tmp_path}/gone.c: must be a file, but is not",
    }

    for source, complaint in complaints.items():
        with pytest.raises(UserError) as error:
            build_program([source], tmp_path / "a.elf", options=["-fdiagnostics-plain-output"])
        assert str(error.value).startswith(complaint)
        assert "\n" not in str(error.value)
    assert not (tmp_path / "a.elf").exists()


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"text_bytes": 128}, r"region `text' overflowed by \d+ bytes$"),
        ({"data_bytes": 1024}, r"region `data' overflowed by \d+ bytes$"),
    ],
)
def test_a_program_that_does_not_fit_is_told_by_how_much(tmp_path, sizes, reason):
    source = tmp_path / "a.c"
    source.write_text("char a[4096]; int main(void) { return a[9]; }", encoding="utf-8")
    config = ProcessorSystemConfig(processor_map=ProcessorMap(**sizes))

    with pytest.raises(UserError, match=reason):
        build_program([source], tmp_path / "a.elf", config=config)


def test_an_unknown_port_and_a_missing_folder_are_refused(tmp_path):
    source = tmp_path / "a.c"
    source.write_text("", encoding="utf-8")

    with pytest.raises(UserError, match=r"^port must be one of coremark, dhrystone, not 'doom'$"):
        build_program([source], tmp_path / "a.elf", port="doom")
    with pytest.raises(UserError, match=r"/gone: must be a folder of headers, but is not$"):
        build_program([source], tmp_path / "a.elf", folders=[tmp_path / "gone"])


def test_without_a_compiler_it_is_said_which_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UserError) as error:
        find_toolchain()

    assert str(error.value) == (
        "a RISC-V compiler must be on the path, but none of riscv64-unknown-elf-gcc, "
        "riscv32-unknown-elf-gcc, riscv-none-elf-gcc is: "
        "apt-get install gcc-riscv64-unknown-elf binutils-riscv64-unknown-elf"
    )


def test_headers_and_linker_script_have_the_addresses_of_the_map():
    sizes = ProcessorMap(text_bytes=1 << 15, data_bytes=1 << 14)

    files = generated_files(ProcessorSystemConfig(processor_map=sizes))

    assert "text (rwx) : ORIGIN = 0x0, LENGTH = 0x8000" in files["link.ld"]
    assert "data (rw)  : ORIGIN = 0x10000000, LENGTH = 0x4000" in files["link.ld"]
    for name in PERIPHERALS:
        line = f"#define {name.upper()}_ADDRESS {sizes.base_of(name):#x}\n"
        assert line in files["memory_map.h"]
        assert f"{name}_registers.h" in files
    for line in Line:
        assert f"#define LINE_{line.name} (1 << {line.value})\n" in files["memory_map.h"]


def test_the_vectors_of_the_startup_code_are_where_the_lines_are():
    text = (kit_folder() / "startup.S").read_text(encoding="utf-8")
    table = text.split("vectors:\n")[1].split(".size vectors")[0]

    rows = [line.split("#")[0].split() for line in table.splitlines() if line.strip()]
    handlers = [row[1] for row in rows if row[0] == "j"]

    for line in Line:
        assert handlers[line] == f"{line.name.lower()}_interrupt"
    assert handlers[0] == "exception"
    assert [row for row in rows if row[0] == ".rept"] == [[".rept", str(32 - Line.OUTSIDE)]]
