"""Several register maps at their addresses, as one program sees them: SystemRDL, C and Markdown."""

from collections.abc import Mapping

from rtl.register_export.origin import generated_by
from rtl.registers import RegisterMap

__all__ = ["address_map_files"]


def address_map_files(
    name: str, placed: Mapping[int, RegisterMap], *, generator: str
) -> dict[str, str]:
    """Return files that put those of each map, ``NAME_MAP.rdl`` and ``.h``, at their addresses.

    Parameters
    ----------
    name : str
        Of what has the registers.
    placed : mapping of int to RegisterMap
        Map by the address at which it begins, bytes.
    generator : str
        The command that makes the files, said in their heads.

    Returns
    -------
    dict of str to str
        Text by file name: ``NAME.rdl``, an address map; ``NAME.h``, with a macro for each map that
        the functions of its header take; and ``NAME.md``, a table.

    Raises
    ------
    ValueError
        Two maps overlap.
    """
    _check_apart(placed)
    what = f"Registers of {name}, at their addresses."
    made = generated_by(generator)
    guard = f"{name.upper()}_MAP_H"
    description = [
        f"// {what}",
        f"// {made}",
        "",
        *(f'`include "{name}_{each.name}.rdl"' for each in placed.values()),
        "",
        f"addrmap {name} {{",
        f'    name = "{name}";',
        *(f"    {each.name} {each.name} @ {base:#x};" for base, each in placed.items()),
        "};",
    ]
    header = [
        f"/* {what} */",
        f"/* {made} */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        *(f'#include "{name}_{each.name}.h"' for each in placed.values()),
        "",
        "/* As the functions of these headers take them. */",
        *(
            f"#define {name.upper()}_{each.name.upper()} ((volatile void *){base:#x}u)"
            for base, each in placed.items()
        ),
        "",
        "#endif",
    ]
    table = [
        f"<!-- {made} -->",
        "",
        f"## Registers of `{name}`",
        "",
        "| address | registers | bytes | what |",
        "|---|---|---|---|",
        *(
            f"| `{base:#010x}` | [`{each.name}`]({name}_{each.name}.md) | {each.size_bytes} "
            f"| {each.doc} |"
            for base, each in placed.items()
        ),
    ]
    texts = {f"{name}.rdl": description, f"{name}.h": header, f"{name}.md": table}
    return {file: "\n".join(lines) + "\n" for file, lines in texts.items()}


def _check_apart(placed: Mapping[int, RegisterMap]) -> None:
    end, before = 0, ""
    for base, each in sorted(placed.items(), key=lambda item: item[0]):
        if base < end:
            raise ValueError(
                f"{each.name} must begin behind {before}, which ends at {end:#x}, not at {base:#x}"
            )
        end, before = base + each.size_bytes, each.name
