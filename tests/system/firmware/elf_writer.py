"""Small ELF files, made by hand for tests, with whatever is wrong with them."""

import struct

HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
SEGMENT = struct.Struct("<8I")
SECTION = struct.Struct("<10I")
SYMBOL = struct.Struct("<IIIBBH")
LOADED, READ, WRITE, EXECUTE = 1, 4, 2, 1


def segment(address, content, *, load_address=None, memory_bytes=None, flags=READ | EXECUTE):
    return {
        "address": address,
        "content": content,
        "load_address": address if load_address is None else load_address,
        "memory_bytes": len(content) if memory_bytes is None else memory_bytes,
        "flags": flags,
    }


def elf(segments, *, entry=0, symbols=(), **header):
    """Return a file; ``header`` overrides fields of its beginning.

    ``symbols`` are (name, address, size, kind).
    """
    fields = {
        "identity": b"\x7fELF\x01\x01\x01" + bytes(9),
        "kind": 2,
        "machine": 243,
        "version": 1,
        "entry": entry,
        "segments_at": HEADER.size,
        "sections_at": 0,
        "flags": 1,
        "header_size": HEADER.size,
        "segment_size": SEGMENT.size,
        "segment_count": len(segments),
        "section_size": SECTION.size,
        "section_count": 0,
        "names_section": 0,
    }
    body = b""
    start = HEADER.size + SEGMENT.size * len(segments)
    rows = b""
    for each in segments:
        rows += SEGMENT.pack(
            LOADED,
            start + len(body),
            each["address"],
            each["load_address"],
            len(each["content"]),
            each["memory_bytes"],
            each["flags"],
            4,
        )
        body += each["content"]
    if symbols:
        names, table = b"\0", SYMBOL.pack(0, 0, 0, 0, 0, 0)
        for name, address, size, kind in symbols:
            table += SYMBOL.pack(len(names), address, size, 0x10 | kind, 0, 1)
            names += name.encode() + b"\0"
        table_at = start + len(body)
        body += table + names
        sections = [
            (0,) * 10,
            (0, 1, 6, 0, 0, 0, 0, 0, 4, 0),  # code, as far as symbols care
            (0, 2, 0, 0, table_at, len(table), 3, 1, 4, SYMBOL.size),
            (0, 3, 0, 0, table_at + len(table), len(names), 0, 0, 1, 0),
        ]
        fields |= {"sections_at": start + len(body), "section_count": len(sections)}
        body += b"".join(SECTION.pack(*each) for each in sections)
    fields |= header
    return HEADER.pack(*fields.values()) + rows + body
