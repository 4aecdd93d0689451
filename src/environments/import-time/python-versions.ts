/** `slipway_env/_versions.py`: reads statements such as `import demo_lib version 1.2`. */
export const PYTHON_VERSIONS = String.raw`"""Reads "import demo_lib version 1.2" and "from demo_lib version 1 import thing".

Versions are blanked out, so every line and column stays where it is; Python reads the rest; and in front of each
import that named a version goes the call of "require" that the plain form has. A file without any is Python's alone.
"""
import _ast
import re

_GAP = r"(?:[ \t\f]|\\\n)"
_START = re.compile(r"(?<![\w.])(import|from)(?=%s)" % _GAP)
_NAME = re.compile(r"{0}+[^\W\d]\w*(?:{0}*\.{0}*[^\W\d]\w*)*".format(_GAP))
_VERSION = re.compile(r"{0}+version{0}+(v?\d+(?:[.!+-]?\w+)*)(?=[\s,;#\\]|\Z)".format(_GAP))
_AS = re.compile(r"{0}+as{0}+[^\W\d]\w*".format(_GAP))
_COMMA = re.compile(r"%s*," % _GAP)
_OTHER = re.compile(r"(?:^|;)\s*(?:import|from)\s+([\w.]+)(\s+as\s+\w+)?\s+version\s+(?!import\b|as\b|,)([^\s,;#]+)")
_ONLY_TREE = 0x400


def compile_versions(data, path, optimize):
    """The code of a file, and whether it named versions. Raises what Python raises for the file."""
    written = _written(data)
    statements = _statements(written)
    while statements:
        try:
            tree = compile(_blanked(written, statements), path, "exec", _ONLY_TREE, dont_inherit=True)
        except SyntaxError as error:
            try:
                return compile(data, path, "exec", dont_inherit=True, optimize=optimize), False
            except SyntaxError:
                raise _as_written(error, written) from None
        real = [one for one in statements if one["start"] in _imports(tree)]
        if real == statements:
            _ask(tree, written, {one["start"]: one["versions"] for one in statements})
            return compile(tree, path, "exec", dont_inherit=True, optimize=optimize), True
        # What stands in a string or a comment is no statement, and has to stay as it is.
        statements = real
    try:
        return compile(data, path, "exec", dont_inherit=True, optimize=optimize), False
    except SyntaxError as error:
        raise _as_written(error, written) from None


def statements_in(data):
    """What reads like an import with versions in a file, be it in a string."""
    return _statements(_written(data))


def _written(data):
    """The text of a file with the line ends that Python sees; empty where it cannot matter."""
    try:
        if isinstance(data, str):
            return data.replace("\r\n", "\n").replace("\r", "\n")
        data = bytes(data)
        head = data.split(b"\n", 2)[:2]
        if data.startswith(b"\xef\xbb\xbf") or any(b"coding" in line for line in head):
            from importlib.util import decode_source

            return decode_source(data)
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except (TypeError, UnicodeDecodeError, LookupError, SyntaxError):
        return ""


def _statements(text):
    """Everything that reads like an import with versions, wherever it stands."""
    found = []
    for start in _START.finditer(text):
        versions = list(_versions(text, start.end(), start.group(1) == "import"))
        if versions:
            found.append({"start": _place(text, start.start()), "versions": versions})
    return found


def _place(text, at):
    """Line and column as Python's trees have them: the column counts bytes."""
    line = text.rfind("\n", 0, at) + 1
    return text.count("\n", 0, at) + 1, len(text[line:at].encode("utf-8"))


def _versions(text, at, is_list):
    index = 0
    while True:
        name = _NAME.match(text, at)
        if name is None:
            return
        at = name.end()
        version = _VERSION.match(text, at)
        if version is not None:
            where = name.start() + len(name.group()) - len(name.group().lstrip(" \t\f\\\n"))
            yield {"index": index, "version": version.group(1), "name": where, "start": version.start(), "end": version.end()}
            at = version.end()
        renamed = _AS.match(text, at)
        comma = _COMMA.match(text, renamed.end() if renamed else at)
        if not is_list or comma is None:
            return
        at = comma.end()
        index += 1


def _blanked(text, statements):
    pieces, done = [], 0
    for statement in statements:
        for version in statement["versions"]:
            begin, end = version["start"], version["end"]
            # A line that goes on in the next one still does.
            pieces += [text[done:begin], re.sub(r"\\\n|[^\n]", lambda one: one.group() if "\n" in one.group() else " ", text[begin:end])]
            done = end
    return "".join(pieces) + text[done:]


def _bodies(tree):
    """Every list of statements in a tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                waiting += body
                if field not in ("handlers", "cases"):
                    yield body


def _imports(tree):
    kinds = (_ast.Import, _ast.ImportFrom)
    return {(one.lineno, one.col_offset) for body in _bodies(tree) for one in body if isinstance(one, kinds)}


def _ask(tree, text, versions):
    for body in list(_bodies(tree)):
        for at in range(len(body) - 1, -1, -1):
            node = body[at]
            asked = versions.get((node.lineno, node.col_offset))
            if asked is not None and isinstance(node, (_ast.Import, _ast.ImportFrom)):
                body[at:at] = [_call(node, text, version) for version in asked]


def _call(node, text, version):
    """__import__("slipway_env").require("demo_lib", "1.2") in the place of the name and its version."""
    named = node.module if isinstance(node, _ast.ImportFrom) else node.names[version["index"]].name
    line, column = _place(text, version["name"])
    last, end = _place(text, version["end"])
    where = {"lineno": line, "col_offset": column, "end_lineno": last, "end_col_offset": end}
    load = _ast.Load()

    def constant(value):
        return _ast.Constant(value=value, kind=None, **where)

    builtin = _ast.Name(id="__import__", ctx=load, **where)
    package = _ast.Call(func=builtin, args=[constant("slipway_env")], keywords=[], **where)
    require = _ast.Attribute(value=package, attr="require", ctx=load, **where)
    arguments = [constant(named), constant(version["version"])]
    return _ast.Expr(value=_ast.Call(func=require, args=arguments, keywords=[], **where), **where)


def _as_written(error, written):
    """The error with the line of the file, and with what is wrong about a version where that is what is wrong."""
    lines = written.split("\n")
    if error.lineno is not None and 0 < error.lineno <= len(lines):
        line = lines[error.lineno - 1]
        error.text = line + "\n"
        other = _OTHER.search(line)
        if other is not None and error.msg == "invalid syntax":
            name, renamed, version = other.groups()
            if renamed:
                error.msg = "%s version: got %s behind the new name, expected it before 'as'" % (name, version)
            elif _VERSION.match(" version " + version) is None:
                error.msg = "%s version: got %s, expected a version such as 1, 1.2 or 1.2.3" % (name, version)
    return error
`
