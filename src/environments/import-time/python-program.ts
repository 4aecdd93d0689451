/** `slipway_env/_start.py`: what `python -m slipway_env` does. */
export const PYTHON_START = String.raw`"""Starts a program whose imports name versions, as Python itself starts it."""
import builtins
import importlib.machinery
import os
import sys

from ._syntax import VersionLoader, compile_source, enable

USAGE = """usage: python -m slipway_env script.py [arguments]
       python -m slipway_env folder-or-app.pyz [arguments]
       python -m slipway_env -m module [arguments]
       python -m slipway_env -c "statements" [arguments]"""


def start(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        sys.exit(0 if arguments else 2)
    what = arguments[0]
    if what in ("-m", "-c"):
        if len(arguments) < 2:
            sys.exit("slipway_env: nothing behind %s\n%s" % (what, USAGE))
        program, sys.argv[:] = (what, arguments[1]), [what] + arguments[2:]
    elif what.startswith("-"):
        sys.exit("slipway_env: got %s, expected a script, -m or -c\n%s" % (what, USAGE))
    else:
        program, sys.argv[:] = ("", os.path.abspath(what)), arguments
        if not os.path.exists(what):
            sys.exit("slipway_env: cannot read %s: it is not there" % what)
    enable()
    # Processes that multiprocessing starts anew import the program once more, by this name.
    os.environ["SLIPWAY_ENV_PROGRAM"] = "\n".join(program)
    module = type(sys)("__main__")
    module.__builtins__ = builtins
    if program[0] == "":
        enter(program[1])
    code = code_of(program, module.__dict__)
    if what == "-m":
        sys.argv[0] = module.__file__
    sys.modules["__main__"] = module
    return code, module.__dict__


class ProgramSpec(importlib.machinery.ModuleSpec):
    """By this name the processes of multiprocessing find the program; the package is that of the program itself."""

    def __init__(self, names, package):
        super().__init__("slipway_env._program", names.get("__loader__"), origin=names.get("__file__"))
        self.package = package

    @property
    def parent(self):
        return self.package


def enter(path):
    """A script finds the modules beside it, an application those in it."""
    if getattr(sys.flags, "safe_path", False) and not is_application(path):
        return
    entry = path if is_application(path) else os.path.dirname(os.path.realpath(path))
    if getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, entry)
    else:
        sys.path[0] = entry


def is_application(path):
    if os.path.isdir(path):
        return True
    with open(path, "rb") as file:
        data = file.read(4096)
    if b"PK\x03\x04" not in data:
        return False
    import zipfile

    return zipfile.is_zipfile(path)


def code_of(program, names):
    """The code of a program, for a module with these names, which learns where it is from."""
    kind, what = program
    if kind == "-c":
        return compile_source(what + "\n", "<string>")[0]
    if kind == "-m":
        return module_code(what, spec_of(what), names)
    if is_application(what):
        spec = importlib.machinery.PathFinder.find_spec("__main__", [what])
        if spec is None:
            sys.exit("slipway_env: can't find '__main__' module in %r" % what)
        return module_code("__main__", spec, names)
    loader = VersionLoader("__main__", what)
    names.update(__file__=what, __loader__=loader, __cached__=None, __package__=None)
    names["__spec__"] = ProgramSpec(names, "")
    return loader.source_to_code(loader.get_data(what), what)


def spec_of(name):
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = find_spec(name + ".__main__")
    except (ImportError, ValueError) as error:
        sys.exit("slipway_env: error while finding module %s: %s" % (name, error))
    if spec is None:
        sys.exit("slipway_env: no module named %s that can be run" % name)
    return spec


def module_code(name, spec, names):
    code = spec.loader.get_code(spec.name)
    if code is None:
        sys.exit("slipway_env: no code to run in module %s" % name)
    names.update(__file__=spec.origin, __loader__=spec.loader, __package__=spec.parent, __cached__=None)
    names["__spec__"] = ProgramSpec(names, spec.parent)
    return code


def again(names):
    """The program in a process that multiprocessing started: everything but what is for its first module only."""
    enable()
    kind, _, what = os.environ["SLIPWAY_ENV_PROGRAM"].partition("\n")
    exec(code_of((kind, what), names), names)
`

/** `slipway_env/__main__.py`: `python -m slipway_env script.py`. */
export const PYTHON_MAIN = `"""Runs a program whose imports name versions: python -m slipway_env script.py [arguments]"""
import sys

from ._start import start

if __name__ == "__main__":
    exec(*start(sys.argv[1:]))
`

/** `slipway_env/_program.py`, by which `multiprocessing` finds the program that `python -m slipway_env` runs. */
export const PYTHON_PROGRAM = `"""The program that "python -m slipway_env" runs, imported once more."""
from slipway_env._start import again

again(globals())
`
