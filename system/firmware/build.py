"""Programs for the processor out of C and assembler, the same bytes wherever they are built."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from rtl.processor_system_config import ProcessorSystemConfig
from system.errors import UserError
from system.firmware.headers import GENERATOR, generated_files
from system.firmware.toolchain import Toolchain, find_toolchain

__all__ = ["KIT_PROGRAMS", "PORTS", "build_images", "build_program", "image_path", "kit_folder"]

KIT_SOURCES = ("startup.S", "traps.c", "console.c", "text.c")
OPTIONS = (
    "-std=gnu11",
    "-O3",
    "-ffreestanding",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-common",
    "-fno-ident",
    "-fno-asynchronous-unwind-tables",
)
STRICT = ("-Wall", "-Wextra", "-Werror")

PORTS = ("coremark", "dhrystone")
"""What users may bring: the kit has the platform's part of it."""

KIT_PROGRAMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "hello": (),
        "interrupts": (),
        "matrix_vector": ("-funroll-loops",),
        "matrix_vector_dot": (),
        "matrix_vector_array": (),
        "spike_counter": (),
        "dhrystone_like": (),
        "coremark_like": ("-funroll-all-loops",),
    }
)
"""Options of each program of the kit beside those of all."""


def kit_folder() -> Path:
    """Return the folder of the kit's sources."""
    return Path(str(resources.files("rtl.firmware")))


def image_path(name: str) -> Path:
    """Return where the committed image of a program of the kit is.

    Parameters
    ----------
    name : str
        Of :data:`KIT_PROGRAMS`.

    Returns
    -------
    Path
        The ELF file.
    """
    return kit_folder() / "images" / f"{name}.elf"


def build_program(
    sources: Sequence[Path],
    output: Path,
    *,
    options: Sequence[str] = (),
    folders: Sequence[Path] = (),
    port: str | None = None,
    config: ProcessorSystemConfig | None = None,
    toolchain: Toolchain | None = None,
) -> None:
    """Build a program with the kit's startup code and drivers.

    Parameters
    ----------
    sources : sequence of Path
        C and assembler files, ``main`` among them.
    output : Path
        The ELF file.
    options : sequence of str
        For the compiler, after the kit's own.
    folders : sequence of Path
        Where more headers are.
    port : str, optional
        A program of somebody else's whose platform the kit has, of :data:`PORTS`.
    config : ProcessorSystemConfig, optional
        The processor.
    toolchain : Toolchain, optional
        The one on the path unless told.

    Raises
    ------
    UserError
        A source is not there, the compiler refuses, or there is none.
    """
    for source in sources:
        if source.suffix not in (".c", ".S"):
            raise UserError(f"{source}: suffix must be .c or .S, not {source.suffix!r}")
        if not source.is_file():
            raise UserError(f"{source}: must be a file, but is not")
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"{folder}: must be a folder of headers, but is not")
    if port not in (None, *PORTS):
        raise UserError(f"port must be one of {', '.join(PORTS)}, not {port!r}")
    toolchain = toolchain or find_toolchain()
    kit = kit_folder()
    own = [kit / name for name in KIT_SOURCES]
    if port:
        folders = [*folders, *{source.parent for source in sources}, kit / "ports" / port]
        own += sorted((kit / "ports" / port).glob("*.c"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, text in generated_files(config or ProcessorSystemConfig()).items():
            (folder / name).write_text(text, encoding="utf-8")
        objects = []
        for source in (*own, *sources):
            objects.append(folder / f"{len(objects)}.o")
            toolchain.compile(
                source,
                objects[-1],
                folders=(folder, kit, *folders),
                options=[*OPTIONS, *options],
            )
        linked = folder / "program.elf"
        toolchain.link(objects, linked, script=folder / "link.ld", options=options)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(linked.read_bytes())


def build_images(folder: Path, report: Callable[[str], None]) -> None:
    """Build every program of the kit, and a file that says how.

    Parameters
    ----------
    folder : Path
        Gets ``NAME.elf`` of each program, and ``manifest.json``.
    report : callable
        Told in a line of text what is being built.

    Raises
    ------
    UserError
        The compiler refuses, or there is none.
    """
    toolchain = find_toolchain()
    digests = {}
    for name, options in KIT_PROGRAMS.items():
        report(f"building {name}")
        output = folder / f"{name}.elf"
        build_program(_sources_of(name), output, options=[*STRICT, *options], toolchain=toolchain)
        digests[name] = hashlib.sha256(output.read_bytes()).hexdigest()
    manifest = {"command": GENERATOR, "compiler": toolchain.version(), "sha256": digests}
    text = json.dumps(manifest, indent=2) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def _sources_of(name: str) -> list[Path]:
    """Return the file of this name, or all files of the folder of this name."""
    programs = kit_folder() / "programs"
    single = programs / f"{name}.c"
    return [single] if single.is_file() else sorted((programs / name).glob("*.c"))
