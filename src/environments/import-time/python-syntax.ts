/** `slipway_env/_syntax.py`: has modules with the syntax loaded, and leaves all others to Python. */
export const PYTHON_SYNTAX = String.raw`"""Finds the modules that say "import demo_lib version 1.2", in folders and in zip files."""
import importlib.machinery
import os
import sys
import zipimport


def compile_source(data, path, optimize=-1):
    """The code of a file, and whether it named versions. Raises what Python raises for the file."""
    if ("version" if isinstance(data, str) else b"version") not in data:
        return compile(data, path, "exec", dont_inherit=True, optimize=optimize), False
    from ._versions import compile_versions

    return compile_versions(data, path, optimize)


def has_versions(data):
    """Whether a file has what reads like the syntax. Most have no such word, and are not read any further."""
    at = data.find(b"version")
    while at > 0:
        # The word alone, behind it a number, and before it a statement's own: in a statement, or in a text.
        if data[at - 1] in b" \t\f\r\n\\" and data[at + 7 : at + 40].lstrip(b" \t\f\r\n\\v")[:1].isdigit():
            before = data[max(0, at - 1000) : at].replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").rpartition(b"\n")[2]
            if b"import" in before or b"from" in before:
                from ._versions import statements_in

                return bool(statements_in(data))
        at = data.find(b"version", at + 7)
    return False


_FileLoader, _SourceLoader = importlib.machinery.SourceFileLoader.__bases__


class VersionLoader(_FileLoader, _SourceLoader):
    """Loads a module that names versions; what it makes of it is not kept, because Python itself would take it for its own."""

    def source_to_code(self, data, path, *, _optimize=-1):
        return compile_source(data, path, _optimize)[0]


class VersionFinder(importlib.machinery.FileFinder):
    """Finds modules in folders. Those without versions are left to Python, and to whatever else changes how they load."""

    def find_spec(self, fullname, target=None):
        spec = super().find_spec(fullname, target)
        is_plain = spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader
        if is_plain and fullname.partition(".")[0] != "slipway_env":
            path = spec.loader.path
            try:
                if has_versions(spec.loader.get_data(path)):
                    spec.loader = VersionLoader(fullname, path)
            except OSError:
                pass  # Whoever loads it will say so.
        return spec


class ZipVersions(zipimport.zipimporter):
    """Finds and loads modules in zip files."""

    def get_filename(self, fullname):
        try:
            return super().get_filename(fullname)
        except SyntaxError:
            name = os.path.join(self.archive, self.prefix, fullname.rpartition(".")[2])
            return os.path.join(name, "__init__.py") if self.is_package(fullname) else name + ".py"

    def get_code(self, fullname):
        try:
            return super().get_code(fullname)
        except SyntaxError:
            path = self.get_filename(fullname)
            return compile_source(self.get_data(path), path)[0]

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self.get_code(module.__name__), module.__dict__)


_enabled = []


def enable():
    """Has every module that is imported from now on read that way."""
    if _enabled:
        return
    machinery = importlib.machinery
    loaders = [
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (machinery.SourceFileLoader, machinery.SOURCE_SUFFIXES),
        (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
    ]
    _enabled.extend([ZipVersions, VersionFinder.path_hook(*loaders)])
    sys.path_hooks[0:0] = _enabled
    sys.path_importer_cache.clear()
`
