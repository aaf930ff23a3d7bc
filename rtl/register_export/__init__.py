"""Register maps for other tools and people: SystemRDL, a C header, Markdown."""

from rtl.register_export.address_map import address_map_files
from rtl.register_export.c_header import to_c_header
from rtl.register_export.markdown import refresh_document, to_markdown
from rtl.register_export.systemrdl import to_systemrdl

__all__ = ["address_map_files", "refresh_document", "to_c_header", "to_markdown", "to_systemrdl"]
