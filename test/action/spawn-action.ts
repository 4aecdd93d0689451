/** Runs the shipped bundle as GitHub's runner does: inputs in the environment, answers in files. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from '../../src/registries/slipway-index/run-program.ts'
import { compiledPrograms } from '../cli/compiled-programs.ts'
import { emptyFolder } from './package-files.ts'

const bundle = fileURLToPath(new URL('../../dist/action/index.js', import.meta.url))

export interface ActionRun {
  readonly code: number | null
  readonly log: string
  /** The `::error::` lines, unescaped. */
  readonly errors: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  /** What the step wrote to GITHUB_ENV and GITHUB_STATE. */
  readonly env: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
}

/** The `post` of a step: the same inputs, what its main part kept, and what that put into the environment. */
export function spawnPost(
  main: ActionRun,
  inputs: Readonly<Record<string, string>>,
  workspace: string,
  env: NodeJS.ProcessEnv = {},
): Promise<ActionRun> {
  const state = Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value])
  return spawnAction(inputs, workspace, { ...main.env, ...env, ...Object.fromEntries(state) })
}

/** @param workspace the checkout; the step runs in it */
export async function spawnAction(
  inputs: Readonly<Record<string, string>>,
  workspace: string,
  env: NodeJS.ProcessEnv = {},
): Promise<ActionRun> {
  const folder = await emptyFolder()
  const file = (name: string): string => join(folder, name)
  for (const name of ['output', 'summary', 'env', 'path', 'state']) await writeFile(file(name), '')
  await writeFile(file('event.json'), JSON.stringify({ repository: { id: 7, full_name: 'acme/lib' } }))
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  const end = await runProgram({
    program: process.execPath,
    args: [bundle],
    cwd: workspace,
    timeoutMs: 120_000,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...compiledPrograms,
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: file('output'),
      GITHUB_STEP_SUMMARY: file('summary'),
      GITHUB_ENV: file('env'),
      GITHUB_PATH: file('path'),
      GITHUB_STATE: file('state'),
      GITHUB_EVENT_PATH: file('event.json'),
      GITHUB_REPOSITORY: 'acme/lib',
      GITHUB_REPOSITORY_ID: '7',
      GITHUB_SHA: 'c'.repeat(40),
      GITHUB_REF: 'refs/heads/main',
      GITHUB_WORKFLOW: 'release',
      GITHUB_RUN_ID: '99',
      RUNNER_TEMP: folder,
      ...Object.fromEntries(given),
      ...env,
    },
  })
  return {
    code: end.code,
    log: end.tail,
    errors: [...end.tail.matchAll(/^::error(?: [^:]*)?::(.*)$/gm)].map((match) =>
      decodeURIComponent(match[1] ?? ''),
    ),
    outputs: readOutputs(await readFile(file('output'), 'utf8')),
    summary: await readFile(file('summary'), 'utf8'),
    env: readOutputs(await readFile(file('env'), 'utf8')),
    state: readOutputs(await readFile(file('state'), 'utf8')),
  }
}

/** `name<<delimiter`, lines, `delimiter`: how the runner takes outputs. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  for (const match of text.matchAll(/^([^\n<]+)<<(\S+)\n([\s\S]*?)\n\2$/gm))
    outputs[match[1] ?? ''] = match[3] ?? ''
  return outputs
}
