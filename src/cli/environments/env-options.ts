import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { parseDuration } from '../../config/reading/duration.ts'
import {
  type PackageRef,
  type PackageRequest,
  packagesNamed,
  parsePackageRequest,
} from '../../environments/choosing/version-rule.ts'
import type { InstallTools } from '../../environments/installing/installer.ts'
import type { Outcome } from '../../environments/outcome.ts'
import type { RootParts } from '../../environments/root/change-root.ts'
import { diskFiles } from '../../environments/root/environment-files.ts'
import { thisMachine } from '../../environments/root/root-lock.ts'
import { type RootSettings, rootToChange } from '../../environments/root/search-roots.ts'
import { diskTrees } from '../../environments/root/tree-files.ts'
import { runProgram } from '../../registries/slipway-index/run-program.ts'
import { sayProblem, showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { paintFor, plain } from '../paint.ts'

/** Options of every `env` command. */
export interface EnvOptions {
  readonly root?: string
  readonly python?: string
  readonly json?: boolean
}

export interface EnvInstallOptions extends EnvOptions {
  readonly index?: string
  readonly timeout?: string
}

export function withRoot(command: Command): Command {
  return command
    .option(
      '--root <folder>',
      'where the versions are (or the first of SLIPWAY_ENV_PATH; else your own folder)',
    )
    .option('--json', 'print JSON instead of text')
}

export function withInstaller(command: Command): Command {
  return withRoot(command)
    .option('--index <url>', 'the index for pip (…/simple/) or npm; without it their own settings hold')
    .option('--python <program>', 'the Python whose pip installs, and that runs the modules (python3)')
    .option('--timeout <duration>', 'how long one installation or test may take', '1h')
}

/** Where a command looks, from its options and surroundings. */
export function settingsFor(options: EnvOptions, { env, cwd }: CliContext): RootSettings {
  return { root: options.root ?? null, env, cwd }
}

const LOCK_WAIT_MS = 3_600_000

/** What changes a root, saying on standard error how it goes. */
export function rootParts(options: EnvOptions, context: CliContext): RootParts {
  const paint = paintFor(context.colour)
  const say = (sentence: string) => context.err(`${paint('dim', plain(sentence))}\n`)
  return {
    files: diskFiles,
    trees: diskTrees,
    root: rootToChange(settingsFor(options, context)),
    wait: { processes: thisMachine, atMostMs: LOCK_WAIT_MS, sleep, onWait: say },
    now: context.now,
    onProgress: say,
  }
}

export function installTools(options: EnvInstallOptions, context: CliContext): InstallTools {
  return {
    run: runProgram,
    env: context.env,
    python: options.python ?? 'python3',
    npm: 'npm',
    index: options.index ?? null,
    timeoutMs: timeoutOf(options),
    // What pip and npm print is for people at a terminal; a failure brings its last lines anyway.
    ...(context.live ? { onOutput: context.err } : {}),
  }
}

export function timeoutOf({ timeout = '1h' }: EnvInstallOptions): number {
  const parsed = parseDuration(timeout, 'timeout')
  if (!parsed.ok) throw new CommandStop(EXIT.usage, sayProblem(parsed.problem))
  return parsed.value
}

export function requestFrom(text: string): PackageRequest {
  const parsed = parsePackageRequest(text)
  if (!parsed.ok) throw new CommandStop(EXIT.usage, sayProblem(parsed.problem))
  return parsed.value
}

/** The packages a name without a version can mean. */
export function packagesFrom(text: string): readonly PackageRef[] {
  const packages = packagesNamed(text)
  if (packages.length > 0) return packages
  const expected = 'a package such as demo-lib, pypi:demo-lib or npm:@scope/lib'
  throw new CommandStop(EXIT.usage, `package: got ${showValue(text)}, expected ${expected}`)
}

/** The value, or the end of the command with the refusal's own exit code. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  const { kind, message } = outcome.refusal
  throw new CommandStop(EXIT[kind], message)
}
