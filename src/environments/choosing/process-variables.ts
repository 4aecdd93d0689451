import { delimiter, join, sep } from 'node:path'
import { CHOICES, type ChosenVersion } from './chosen-version.ts'
import type { FoundVersion } from './find-installed.ts'

interface ProcessParts {
  readonly versions: readonly FoundVersion[]
  /** Choices of the surrounding run that hold no longer. */
  readonly replaced: readonly ChosenVersion[]
  readonly all: readonly ChosenVersion[]
  /** The root with the import-time modules. */
  readonly home: string | null
  readonly roots: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** What is set for a process with these versions, on top of its surroundings. */
export function variablesFor(parts: ProcessParts): Record<string, string> {
  const { versions, replaced, all, home, roots, env } = parts
  const entriesOf = (name: string): string[] =>
    (env[name] ?? '')
      .split(delimiter)
      .filter(
        (entry) => entry !== '' && !replaced.some(({ folder }) => `${entry}${sep}`.startsWith(folder + sep)),
      )
  const joined = (name: string, added: readonly string[]): string =>
    [...new Set([...added, ...entriesOf(name)])].join(delimiter)
  const modulesOf = (ecosystem: string): string[] =>
    versions
      .filter(({ ref }) => ref.ecosystem === ecosystem)
      .flatMap(({ start, modules }) => (start === null ? [modules] : [start, modules]))
  // It holds only what imports by version, so it is last, and stays where it is.
  const own = home ?? roots[0]
  const rootFor = (name: string): readonly string[] =>
    own === undefined || entriesOf(name).includes(own) ? [] : [own]
  const hasNode = all.some(({ ecosystem }) => ecosystem === 'npm')
  return {
    PATH: joined(
      'PATH',
      versions.flatMap(({ commands }) => (commands === null ? [] : [commands])),
    ),
    PYTHONPATH: joined('PYTHONPATH', [...modulesOf('pypi'), ...rootFor('PYTHONPATH')]),
    NODE_PATH: joined('NODE_PATH', [...modulesOf('npm'), ...rootFor('NODE_PATH')]),
    ...(hasNode && home !== null ? { NODE_OPTIONS: nodeOptions(home, env) } : {}),
    [CHOICES]: JSON.stringify(all),
  }
}

/** Node looks at `NODE_PATH` last, and for `require` only; what is read first of all sees to the rest. */
function nodeOptions(home: string, { NODE_OPTIONS = '' }: NodeJS.ProcessEnv): string {
  const file = join(home, 'slipway-env', 'register.cjs').replace(/[\\"]/g, '\\$&')
  const option = `--require "${file}"`
  return NODE_OPTIONS.includes(option) ? NODE_OPTIONS : [NODE_OPTIONS, option].join(' ').trim()
}
