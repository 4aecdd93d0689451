"""Holds what slipway_env makes of whole files against what Python makes of them. Arguments: seed, number of files."""
import ast
import dis
import io
import os
import random
import re
import sys
import tokenize
import warnings

from slipway_env._syntax import compile_source

warnings.simplefilter("ignore")
draw = random.Random(int(sys.argv[1]))
HAS_COLUMNS = sys.version_info >= (3, 11)
VERSIONS = ["1", "1.2", "3.1.4", "2.0rc1", "1!2.0", "1.0+x.3", "1.0.post1", "01.02", "1.0-1"]
CALL = '__import__("slipway_env").require("%s", "%s"); '


def files():
    found = []
    for folder in [os.path.dirname(os.__file__)] + [entry for entry in sys.path if entry.endswith("-packages")]:
        for at, _, names in os.walk(folder):
            found += [os.path.join(at, name) for name in names if name.endswith(".py")]
    found = sorted(set(found))
    return found if sys.argv[2] == "all" else draw.sample(found, min(int(sys.argv[2]), len(found)))


def said(code, columns):
    """Everything that a code object is made of, as data."""
    consts = [said(one, columns) if hasattr(one, "co_code") else written(one) for one in code.co_consts]
    lines = list(code.co_positions()) if columns and HAS_COLUMNS else list(dis.findlinestarts(code))
    more = [getattr(code, "co_exceptiontable", None), getattr(code, "co_qualname", None)]
    return [code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_name,
            code.co_flags, code.co_stacksize, code.co_argcount, code.co_filename, code.co_firstlineno, lines, more]


def written(constant):
    """A constant as text; a set has no order."""
    return (type(constant).__name__, sorted(map(repr, constant)) if isinstance(constant, frozenset) else repr(constant))


def native(data):
    try:
        return compile(data, "f.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, UnicodeError, RecursionError, MemoryError) as error:
        return error


def same(data):
    expected = native(data)
    try:
        code, had = compile_source(data, "f.py")
    except (SyntaxError, ValueError, UnicodeError, RecursionError, MemoryError) as error:
        assert isinstance(expected, Exception) and type(error).__mro__[-4:] == type(expected).__mro__[-4:], (expected, error)
        return None
    if isinstance(expected, Exception):
        assert had, expected
        return True
    assert not had and said(code, True) == said(expected, True)
    return False


def asked(text):
    """The text with versions in some of its imports, the plain form of it, and where what was put in."""
    inserted, calls = [], []
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    def at(line, column):
        return offsets[line - 1] + len(lines[line - 1].encode("utf-8")[:column].decode("utf-8"))
    for node in ast.walk(ast.parse(text)):
        if draw.random() < 0.3 or not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        begin = at(node.lineno, node.col_offset)
        if isinstance(node, ast.ImportFrom):
            if node.level or node.module == "__future__":
                continue
            names = [re.compile(r"from\s+([\w.]+)(?=\s)").match(text, begin)]
        else:
            names = [re.compile(r"import\s+([\w.]+)(?![\w. \t\\])").match(text, begin)] if len(node.names) == 1 else []
        for name in names:
            if name is None:
                continue
            version = draw.choice(VERSIONS)
            gap = draw.choice([" ", "  ", "\t", "\f"])
            inserted.append((name.end(), gap + "version" + draw.choice([" ", "\t "]) + version, begin))
            calls.append((begin, CALL % (name.group(1), version)))
    return put(text, inserted), put(text, calls), sorted(inserted)


def put(text, pieces):
    for piece in sorted(pieces, reverse=True):
        text = text[: piece[0]] + piece[1] + text[piece[0] :]
    return text


def with_columns(code, text, moved):
    """Names of operations and where they are from, so that columns can be held against those of the file without versions."""
    found = []
    for one in dis.get_instructions(code):
        # What sets a module up stands where its first statement does, which may be a call.
        if one.opname in ("EXTENDED_ARG", "NOP", "CACHE", "SETUP_ANNOTATIONS"):
            continue
        found.append((one.opname, moved(one.positions)))
    for one in code.co_consts:
        if hasattr(one, "co_code"):
            found += with_columns(one, text, moved)
    return found


def check_columns(text, versioned, inserted):
    if not HAS_COLUMNS or sys.version_info >= (3, 14):
        return
    starts = {}
    for at, piece, _ in inserted:
        line = text.rfind("\n", 0, at) + 1
        starts.setdefault(text.count("\n", 0, at) + 1, []).append((len(text[line:at].encode()), len(piece.encode())))
    def shift(line, column, is_end):
        return column and column + sum(size for at, size in starts.get(line, []) if (at < column if is_end else at <= column))
    def before(position):
        line, last, column, end = position
        return line, last, shift(line, column, False), shift(last, end, True)
    names = set()
    for at, piece, _ in inserted:
        name = re.search(r"[\w.]+$", text[:at]).group()
        line = text.rfind("\n", 0, at) + 1
        row = text.count("\n", 0, at) + 1
        end = len(text[line:at].encode())
        names.add((row, row, shift(row, end - len(name.encode()), False), end + len(piece.encode()) + sum(size for other, size in starts[row] if other < end)))
    expected = with_columns(compile(text, "f.py", "exec", dont_inherit=True), text, before)
    code, _ = compile_source(versioned, "f.py")
    got = [one for one in with_columns(code, versioned, tuple) if one[1] not in names]
    assert [one[0] for one in got] == [one[0] for one in expected]
    for one, other in zip(got, expected):
        assert one == other or None in other[1], (one, other)


def mutated(text):
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return text
    lines = text.split("\n")
    line = draw.randrange(len(lines))
    words = [token.string for token in tokens if token.string.strip()] or ["x"]
    for _ in range(draw.randint(1, 4)):
        row = lines[line]
        at = draw.randrange(len(row) + 1)
        kind = draw.randrange(5)
        if kind == 0:
            lines[line] = row[:at] + " " + draw.choice(words) + " " + row[at:]
        elif kind == 1:
            lines[line] = row[:at] + draw.choice([" version 1", " version 1.2 ", "import a version 1", "; from a version 2 import b", " version ", "\\"]) + row[at:]
        elif kind == 2:
            lines[line] = row[: max(0, at - 3)] + row[at:]
        elif kind == 3:
            lines[line], other = lines[draw.randrange(len(lines))], row
        else:
            lines[line] = row.replace("import", "import version 1 import", 1) if draw.random() < 0.5 else row.replace(" import", " version 3 import", 1)
        line = draw.randrange(len(lines))
    return "\n".join(lines)


counts = {"untouched": 0, "asked": 0, "versions": 0, "mutated": 0, "accepted": 0}
for path in files():
    with open(path, "rb") as file:
        data = file.read()
    try:
        if same(data) is not False:
            continue
        counts["untouched"] += 1
        with tokenize.open(path) as file:
            text = file.read()
        if data.startswith(b"\xef\xbb\xbf"):
            text = text.lstrip("\ufeff")
        versioned, plain, inserted = asked(text)
        expected = native(plain)
        if inserted and not isinstance(expected, Exception):
            code, had = compile_source(versioned, "f.py")
            assert had
            assert said(code, False) == said(expected, False)
            assert said(compile_source(versioned.replace("\n", "\r\n").encode("utf-8", "surrogateescape"), "f.py")[0], True) == said(code, True) or b"coding" in data[:200] or "\\\n" in text
            check_columns(text, versioned, inserted)
            counts["asked"] += 1
            counts["versions"] += len(inserted)
        for _ in range(int(os.environ.get("SLIPWAY_SYNTAX_MUTATIONS", "3"))):
            counts["accepted"] += bool(same(mutated(versioned if draw.random() < 0.3 else text)))
            counts["mutated"] += 1
    except Exception:
        print("in", path, file=sys.stderr)
        raise
assert counts["asked"] > 0 and counts["accepted"] >= 0
print(counts)
