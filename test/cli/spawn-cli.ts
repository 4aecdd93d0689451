/** Runs the command line from its sources, as a person's shell does without a terminal. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { compiledPrograms } from './compiled-programs.ts'

const entry = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))

export interface CliRun {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export function spawnCli(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd: string = process.cwd(),
): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const surroundings = { PATH: process.env.PATH, HOME: process.env.HOME, ...compiledPrograms, ...env }
    const child = spawn(process.execPath, [entry, ...args], { cwd, env: surroundings })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}
