/** The pips of this machine, one for each version of pip, and other Python clients where they are. */
import { globSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { runProgram } from './run-program.ts'

export interface Pip {
  readonly version: string
  readonly python: string
}

/** Where `scripts/install-tools.sh python-clients` puts the pinned programs. */
export const pythonClients = `${process.env.SLIPWAY_TOOLS ?? `${homedir()}/.slipway-tools`}/python-clients/bin`

const places = [
  `${pythonClients}/python`,
  '/usr/bin/python3',
  '/usr/local/bin/python3',
  `${homedir()}/.pyenv/versions/*/bin/python`,
]

/** Every version of pip that is found; the machine's own `python3` first. Says what is left out and why. */
export async function findPips(): Promise<readonly Pip[]> {
  const found = new Map<string, Pip>()
  for (const python of ['python3', ...places.flatMap((place) => globSync(place).sort())]) {
    const { code, out } = await runProgram(python, ['-m', 'pip', '--version'], tmpdir(), { HOME: tmpdir() })
    const match = /^pip (\S+) from .*\(python (\d+)/m.exec(out)
    if (code !== 0 || match?.[1] === undefined) console.log(`left out: ${python} has no pip`)
    else if (match[2] === '2')
      console.log(`left out: pip ${match[1]} of Python 2, which the wheels are not for`)
    else if (!found.has(match[1])) found.set(match[1], { version: match[1], python })
  }
  return [...found.values()]
}

/** Whether a program runs here; says so when it does not, because its tests are then left out. */
export async function isHere(program: string): Promise<boolean> {
  const { code } = await runProgram(program, ['--version'], tmpdir(), { HOME: tmpdir() })
  if (code !== 0) console.log(`left out: ${program} is not on this machine`)
  return code === 0
}
