/**
 * Compiles what pip left uncompiled, so that equal sources give equal compiled files that versions can share: the
 * time of change in them is made of the contents (`modifiedAtMsOf`), and they name a path below `lib`, which
 * Python replaces by the real one when it loads them. Takes the folder as its argument.
 */
export const COMPILE_MODULES = `
import hashlib, os, py_compile, sys

lib = sys.argv[1]
for folder, _, names in os.walk(lib):
    for name in names:
        if not name.endswith(".py"):
            continue
        path = os.path.join(folder, name)
        try:
            with open(path, "rb") as file:
                changed = 946684800 + int(hashlib.sha256(file.read()).hexdigest()[:7], 16)
            os.utime(path, (changed, changed))
            py_compile.compile(path, dfile=os.path.join("lib", os.path.relpath(path, lib)), doraise=True)
        except Exception:
            pass
`
