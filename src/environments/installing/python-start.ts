import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/**
 * Python code that puts `lib` first on the module path, and right behind it what the `.pth` files in it name:
 * Python itself reads those only in its own `site-packages`.
 */
const ENTER_WITH_PATH_FILES = `def _enter(lib):
    import site
    import sys

    if lib in sys.path:
        sys.path.remove(lib)
    sys.path.insert(0, lib)
    before = list(sys.path)
    site.addsitedir(lib)
    added = [entry for entry in sys.path if entry not in before]
    sys.path[:] = [lib] + added + before[1:]
`

/**
 * `start/sitecustomize.py` of a version with `.pth` files: read by every Python that has `start` on its module
 * path, children included. Then comes the `sitecustomize` that would have been read without it.
 */
export const START_WITH_PATH_FILES = `"""Reads the .pth files of a version that "slipway env" installed."""
${ENTER_WITH_PATH_FILES}

def _next():
    import importlib.machinery
    import importlib.util
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    places = [os.path.abspath(entry) for entry in sys.path]
    after = sys.path[places.index(here) + 1 :] if here in places else sys.path
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", after)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


import os

_enter(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))
_next()
`

/**
 * Code at the start of a command. It names its folder, because the link it was called by may lead elsewhere by
 * the time it looks: one command never has the modules of another version. Children get the same modules.
 */
function findLib(folder: string, hasPathFiles: boolean): Buffer {
  const places = hasPathFiles ? '[_slipway_start, _slipway_lib]' : '[_slipway_lib]'
  const lines = [
    'import os as _slipway_os, sys as _slipway_sys',
    `_slipway_folder = _slipway_os.path.join(_slipway_os.path.dirname(_slipway_os.path.dirname(_slipway_os.path.dirname(_slipway_os.path.realpath(__file__)))), ${JSON.stringify(folder)})`,
    '_slipway_lib, _slipway_start = [_slipway_os.path.join(_slipway_folder, _slipway_name) for _slipway_name in ("lib", "start")]',
    '_slipway_sys.path.insert(0, _slipway_lib)',
    `_slipway_places = ${places}`,
    '_slipway_os.environ["PYTHONPATH"] = _slipway_os.pathsep.join(_slipway_places + [_slipway_name for _slipway_name in _slipway_os.environ.get("PYTHONPATH", "").split(_slipway_os.pathsep) if _slipway_name and _slipway_name not in _slipway_places])',
    ...(hasPathFiles
      ? [
          'exec(compile(open(_slipway_os.path.join(_slipway_start, "sitecustomize.py")).read().split("def _next")[0], _slipway_start, "exec"))',
          '_enter(_slipway_lib)',
        ]
      : []),
  ]
  return Buffer.from(`${lines.join('\n')}\n`)
}

/**
 * Moves pip's scripts beside `lib` and has Python ones look for modules there first, so that they run from any
 * link and without settings. Others stay as they are.
 *
 * @param folder the folder of the version
 */
export async function moveCommands(folder: string, hasPathFiles: boolean): Promise<readonly string[]> {
  const from = join(folder, 'lib', 'bin')
  const names = (await readdir(join(folder, 'lib'))).includes('bin') ? (await readdir(from)).sort() : []
  const commands = names.filter((name) => name !== '__pycache__')
  if (commands.length === 0) return []
  await mkdir(join(folder, 'bin'))
  for (const name of commands) {
    const bytes = await readFile(join(from, name))
    const at = placeForCode(bytes.toString('latin1'))
    const whole =
      at === null
        ? bytes
        : Buffer.concat([bytes.subarray(0, at), findLib(basename(folder), hasPathFiles), bytes.subarray(at)])
    await writeFile(join(folder, 'bin', name), whole)
    await chmod(join(folder, 'bin', name), 0o755)
  }
  await rm(from, { recursive: true })
  return commands
}

/**
 * Where code may begin in a Python script: behind the line that starts it (three lines where the path of Python is
 * long or has spaces), the line with its encoding, and imports from the future. Null for what is no Python script.
 */
export function placeForCode(text: string): number | null {
  const start = /^#!.*python.*\n|^#!\/bin\/sh\n'''exec' .*\n' '''\n/.exec(text)
  if (start === null) return null
  const coding = /^#.*coding[:=].*\n/.exec(text.slice(start[0].length))?.[0] ?? ''
  const future = [...text.matchAll(/^from __future__ import (?:\([^)]*\)|[^\n(]*)[^\n]*\n/gm)].at(-1)
  return future === undefined ? start[0].length + coding.length : future.index + future[0].length
}
