/** The Pythons and Nodes of this machine, one of each kind; tests that need two say so where there is one. */
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from '../server/clients.ts'
import { scratchFolder } from '../server/scratch-folder.ts'

export interface FoundInterpreter {
  readonly program: string
  /** `cpython-311`, `node-115`. */
  readonly tag: string
}

const inside = async (folder: string, behind: string): Promise<readonly string[]> =>
  (await readdir(folder).catch(() => [])).sort().map((name) => join(folder, name, behind))

/** Pythons from 3.8 that have pip: on PATH, where the system has them, and where pyenv has them. */
export async function pythonsHere(): Promise<readonly FoundInterpreter[]> {
  const minors = [8, 9, 10, 11, 12, 13, 14]
  const pyenv = process.env.PYENV_ROOT ?? join(homedir(), '.pyenv')
  const programs = [
    'python3',
    ...(await inside(join(pyenv, 'versions'), 'bin/python3')),
    ...minors.map((minor) => `python3.${minor}`),
  ]
  const tell =
    'import pip, sys; assert sys.version_info >= (3, 8); print(sys.executable, sys.implementation.cache_tag)'
  return oneOfEach(programs, ['-c', tell])
}

/** Nodes from 20: the one of these tests, the one on PATH, and those that the tools of the tests brought. */
export async function nodesHere(): Promise<readonly FoundInterpreter[]> {
  const tools = process.env.SLIPWAY_TOOLS ?? join(homedir(), '.slipway-tools')
  const arch = `node_modules/node-linux-${process.arch}/bin/node`
  const programs = [process.execPath, '/usr/bin/node', ...(await inside(join(tools, 'nodes'), arch))]
  const tell = 'console.log(process.execPath, "node-" + process.versions.modules)'
  return oneOfEach(programs, ['-e', tell])
}

async function oneOfEach(
  programs: readonly string[],
  args: readonly string[],
): Promise<readonly FoundInterpreter[]> {
  const folder = await scratchFolder()
  const found = new Map<string, string>()
  for (const program of programs) {
    const { code, out } = await run(program, args, folder)
    const [path, tag] = out.trim().split(' ')
    if (code === 0 && path && tag && !found.has(tag)) found.set(tag, path)
  }
  return [...found].map(([tag, program]) => ({ tag, program }))
}

/** Two of them, or null with a printed reason. */
export function two(
  what: string,
  found: readonly FoundInterpreter[],
): readonly [FoundInterpreter, FoundInterpreter] | null {
  const [first, second] = found
  if (first !== undefined && second !== undefined) return [first, second]
  console.log(`left out: tests with two of ${what}; here is ${first?.tag ?? 'none'}`)
  return null
}
