/**
 * `slipway_env/__init__.py`, as it is placed in a root: imports a version. It changes nothing on disk.
 * Python 3.8 and newer, standard library only. What a start does not need is read when it is asked for.
 */
export const PYTHON_MODULE = `"""Imports one of several installed versions of a package. Placed here by "slipway env".

    import slipway_env
    demo_lib = slipway_env.require("demo_lib", "1.2")

"1" means any 1.*, "1.2" means 1.2.*, "1.2.3" that version or 1.2.3.*, no version means the live one.
"""
import sys

__all__ = ["enable_syntax", "require"]


def require(name, version=None, module=None):
    """Imports a package in the version asked for and returns the module.

    name: of the package or of a module in it; may have extras, "demo_lib[fast]".
    module: the name to import where it differs from the package's, such as "yaml" of PyYAML.
    Raises ImportError when nothing matches, or when this process has another version already,
    of the package or of anything that comes with it; the message names who asked for that one.
    """
    from ._requiring import require_for

    frame = sys._getframe(1)
    return require_for("%s:%d" % (frame.f_code.co_filename, frame.f_lineno), name, version, module)


def enable_syntax():
    """Lets every module imported from now on say "import demo_lib version 1.2"."""
    from ._syntax import enable

    enable()
`
