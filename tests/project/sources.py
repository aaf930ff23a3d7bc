"""The files of the project, and what they import."""

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("rtl", "analog_models", "verification", "system")


@dataclass(frozen=True)
class Source:
    path: Path

    @property
    def name(self):
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self):
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def tree(self):
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @cached_property
    def imports(self):
        """Absolute names of all modules that are imported, and the names taken from each."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(alias.name, ()) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                names = tuple(alias.name for alias in node.names)
                found.append((base, names))
                found += [(f"{base}.{name}", ()) for name in names if is_module(f"{base}.{name}")]
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                found += [(each.value, ()) for each in node.args if isinstance(each, ast.Constant)]
        return found

    def _absolute(self, node):
        if not node.level:
            return node.module or ""
        parts = self.module.split(".")
        if self.path.name != "__init__.py":
            parts = parts[:-1]
        parts = parts[: len(parts) - node.level + 1]
        return ".".join([*parts, node.module] if node.module else parts)


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def sources(*folders):
    return [Source(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def kept_files():
    """Every file of the project, less what .gitignore names."""
    ignored = [".git/", *(ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    patterns = [each.rstrip("/") for each in ignored]

    def walk(folder):
        for path in sorted(folder.iterdir()):
            if any(path.match(pattern) for pattern in patterns):
                continue
            if path.is_dir():
                yield from walk(path)
            else:
                yield path

    return list(walk(ROOT))
