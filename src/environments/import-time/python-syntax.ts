/** `slipway_env/_syntax.py`: statements such as `import demo_lib version 1.2`, for scripts and modules that ask for it. */
export const PYTHON_SYNTAX = String.raw`"""Reads "import demo_lib version 1.2" and "from demo_lib version 1 import thing".

A file that Python itself can read is left to Python: only where it finds a syntax error are the versions taken
out and asked for in front of the statement, on the same line, so every line keeps its number.
"""
import importlib.machinery
import io
import re
import sys
import tokenize

_START = re.compile(r"(?<![\w.])(import|from)(?=[ \t])")
_NAME = re.compile(r"[ \t]*([^\W\d]\w*(?:[ \t]*\.[ \t]*[^\W\d]\w*)*)")
_VERSION = re.compile(r"[ \t]+version[ \t]+(\d[\w.!+-]*)(?=[ \t,;#\\\r\n]|$)")
_AS = re.compile(r"[ \t]+as[ \t]+[^\W\d]\w*")
_COMMA = re.compile(r"[ \t]*,")


def translate(source):
    """Plain Python for a source with versions; the same text where there are none."""
    lines = source.splitlines(keepends=True)
    found = []
    for row, line in enumerate(lines):
        for start in _START.finditer(line):
            versions = list(_versions(line, start.end(), start.group(1) == "import"))
            if versions:
                found.append((row, start.start(), versions))
    plain = list(lines)
    for row, _, versions in found:
        for _, version, begin, end in versions:
            plain[row] = plain[row][:begin] + " " * (end - begin) + plain[row][end:]
    # What stands in a string or a comment is no statement.
    starts = _statement_starts("".join(plain)) if found else set()
    for row, column, versions in reversed(found):
        if (row, column) in starts:
            asks = ['__import__("slipway_env").require("%s", "%s"); ' % (name, version) for name, version, _, _ in versions]
            plain[row] = plain[row][:column] + "".join(asks) + plain[row][column:]
        else:
            for _, _, begin, end in versions:
                plain[row] = plain[row][:begin] + lines[row][begin:end] + plain[row][end:]
    return "".join(plain)


def _versions(line, at, is_list):
    while True:
        name = _NAME.match(line, at)
        if name is None:
            return
        at = name.end()
        version = _VERSION.match(line, at)
        if version is not None:
            yield re.split(r"[ \t.]", name.group(1))[0], version.group(1), version.start(), version.end()
            at = version.end()
        renamed = _AS.match(line, at)
        comma = _COMMA.match(line, renamed.end() if renamed else at)
        if not is_list or comma is None:
            return
        at = comma.end()


def _statement_starts(source):
    starts = set()
    is_start, depth = True, 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.NL):
                continue
            if is_start:
                starts.add((token.start[0] - 1, token.start[1]))
            depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}")) if token.type == tokenize.OP else 0
            is_start = token.type == tokenize.NEWLINE or (token.type == tokenize.OP and token.string in (":", ";") and depth == 0)
    except (tokenize.TokenError, SyntaxError):
        pass
    return starts


def compile_source(data, path):
    """The code of a file, and whether it had versions in it. Raises what Python raises for the file."""
    try:
        return compile(data, path, "exec", dont_inherit=True), False
    except SyntaxError:
        source = _decoded(data)
        plain = translate(source)
        if plain == source:
            raise
    return compile(plain, path, "exec", dont_inherit=True), True


def _decoded(data):
    if isinstance(data, str):
        return data
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    # compile() takes a text as it is, whatever encoding its first lines name.
    return io.IncrementalNewlineDecoder(None, True).decode(bytes(data).decode(encoding))


class VersionLoader(importlib.machinery.SourceFileLoader):
    """Loads modules with versions; what it made of one is not kept, because Python itself would take it for its own."""

    _had_versions = False

    def source_to_code(self, data, path, *, _optimize=-1):
        code, self._had_versions = compile_source(data, path)
        return code

    def _cache_bytecode(self, source_path, cache_path, data):
        if not self._had_versions:
            super()._cache_bytecode(source_path, cache_path, data)


_enabled = []


def enable():
    """Has every module that is imported from now on read that way."""
    if _enabled:
        return
    machinery = importlib.machinery
    loaders = [
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (VersionLoader, machinery.SOURCE_SUFFIXES),
        (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
    ]
    _enabled.append(machinery.FileFinder.path_hook(*loaders))
    sys.path_hooks.insert(0, _enabled[0])
    sys.path_importer_cache.clear()
`

/** `slipway_env/__main__.py`: `python -m slipway_env script.py`. */
export const PYTHON_MAIN = `"""Runs a script whose imports name versions: python -m slipway_env script.py [arguments]"""
import builtins
import os
import sys
import types

from ._syntax import compile_source, enable


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: python -m slipway_env script.py [arguments]")
    del sys.argv[0]
    script = sys.argv[0]
    try:
        with open(script, "rb") as file:
            data = file.read()
    except OSError as error:
        sys.exit("slipway_env: cannot read %s: %s" % (script, error.strerror))
    enable()
    # As Python itself starts a script, and in the module that everybody takes for it.
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=script, __builtins__=builtins)
    sys.modules["__main__"] = module
    code, _ = compile_source(data, script)
    exec(code, module.__dict__)


main()
`
