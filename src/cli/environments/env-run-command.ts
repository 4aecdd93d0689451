import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import type { Interpreters } from '../../environments/choosing/find-installed.ts'
import { type JoinedEnvironment, joinEnvironment } from '../../environments/choosing/joined-environment.ts'
import type { PackageRequest } from '../../environments/choosing/version-rule.ts'
import type { InstallTools } from '../../environments/installing/installer.ts'
import { realInstaller } from '../../environments/installing/real-installer.ts'
import type { Outcome } from '../../environments/outcome.ts'
import { diskFiles } from '../../environments/root/environment-files.ts'
import { namedRoots, searchRoots } from '../../environments/root/search-roots.ts'
import { runProgram } from '../../registries/slipway-index/run-program.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { printJson } from '../server-options.ts'
import { type EnvOptions, installTools, requestFrom, settingsFor, unwrap, withRoot } from './env-options.ts'

/** `env run`: a command with chosen versions; it ends with the command's own exit code. */
export function addEnvRun(group: Command, context: CliContext, finish: (code: number) => void): void {
  withRoot(
    group
      .command('run')
      .description('run a command with these versions, or print their environment')
      .argument('[command...]', 'behind --; without one the environment is printed')
      .requiredOption(
        '--with <package>',
        'such as demo-lib@1.2; repeatable',
        (text, all: string[]) => [...all, text],
        [],
      )
      .option('--python <program>', 'the Python that runs the modules; only what is for it will do')
      .passThroughOptions(),
  ).action(async (command: string[], options: EnvOptions & { with: string[] }) => {
    const joined = unwrap(await environmentFor(options.with.map(requestFrom), options, context))
    const [program, ...args] = command
    if (program !== undefined)
      return finish(await runWith(program, args, { ...context.env, ...joined.variables }, context))
    if (options.json) printJson(context, joined)
    else for (const [name, value] of Object.entries(joined.variables)) context.out(`${name}=${value}\n`)
    finish(EXIT.done)
  })
}

/**
 * The environment of some versions. The folders a person named come first in the search, so the interpreter is
 * asked for its own only when they do not have everything.
 */
export async function environmentFor(
  requests: readonly PackageRequest[],
  options: EnvOptions,
  context: CliContext,
): Promise<Outcome<JoinedEnvironment>> {
  const settings = settingsFor(options, context)
  const found = interpretersFor(options, context)
  const named = await joinEnvironment(diskFiles, namedRoots(settings), requests, context.env, found)
  if (named.ok) return named
  const prefixes = [...(await pythonPrefix(options, context)), dirname(dirname(process.execPath))]
  return joinEnvironment(diskFiles, searchRoots(settings, prefixes), requests, context.env, found)
}

/** The Python and the Node that a command would find. */
function interpretersFor(options: EnvOptions, context: CliContext): Interpreters {
  const tools = installTools({ ...options }, { ...context, live: false })
  return { isNamed: options.python !== undefined, of: cachedTags(tools) }
}

function cachedTags(tools: InstallTools): Interpreters['of'] {
  const { interpreter } = realInstaller(tools)
  return async (ecosystem) => {
    const tag = await interpreter(ecosystem)
    return tag.ok ? tag.value : null
  }
}

/** Where the interpreter lies; nothing when there is none. */
export async function pythonPrefix(
  options: EnvOptions,
  { env, cwd }: CliContext,
): Promise<readonly string[]> {
  const args = ['-c', 'import sys; print(sys.prefix)']
  const ran = await runProgram({ program: options.python ?? 'python3', args, cwd, env, timeoutMs: 30_000 })
  return ran.code === 0 ? [ran.stdout.trim()] : []
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs with our own input and output; what ends us ends the command too. */
function runWith(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { cwd }: CliContext,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: 'inherit' })
    const forward = (signal: NodeJS.Signals) => void child.kill(signal)
    for (const signal of SIGNALS) process.on(signal, forward)
    const end = () => {
      for (const signal of SIGNALS) process.removeListener(signal, forward)
    }
    child.on('error', (error) => {
      end()
      reject(new CommandStop(EXIT.usage, `command: cannot run ${program}: ${error.message}`))
    })
    child.on('exit', (code, signal) => {
      end()
      // As a shell tells it: 128 and the number of the signal.
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}
