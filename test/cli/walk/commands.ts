/** Every command of the program, taken from the program itself, and a good word for each of its places. */
import type { Command } from 'commander'
import { buildProgram } from '../../../src/cli/program.ts'

export interface Leaf {
  /** As it is typed, without the program's name. */
  readonly words: readonly string[]
  readonly command: Command
}

export const commands: readonly Leaf[] = leavesOf(
  buildProgram(
    {
      env: {},
      cwd: '/',
      now: Date.now,
      out: () => {},
      err: () => {},
      colour: false,
      live: false,
      ask: null,
      version: '0',
      root: '/',
      serve: async () => 0,
    },
    () => {},
  ),
)

function leavesOf(command: Command, words: readonly string[] = []): readonly Leaf[] {
  if (command.commands.length === 0) return [{ words, command }]
  return command.commands.flatMap((one) => leavesOf(one, [...words, one.name()]))
}

const good: Readonly<Record<string, string>> = {
  id: 'npm:seen@1.1.0',
  release: 'npm:seen@1.1.0',
  package: 'npm:seen',
  duration: '1h',
  percent: '0',
  code: 'name-removed',
  canary: 'acme/app',
  shell: 'bash',
  role: 'maintainer',
  baseline: 'npm:seen@1.0.0',
  candidate: 'npm:seen@1.1.0',
  label: 'deprecated',
}

/** A word for each argument that a command cannot do without. */
export function goodWords({ command }: Leaf): readonly string[] {
  return command.registeredArguments.filter(({ required }) => required).map((one) => good[one.name()] ?? 'x')
}

/** Commands that ask a server, by their options. `calendar` asks one only where it is told to; else it reads the file. */
export const asking = commands.filter(
  ({ words, command }) => words[0] !== 'calendar' && command.options.some(({ long }) => long === '--server'),
)
