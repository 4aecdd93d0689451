import type { Command } from 'commander'
import {
  type InPlaceTest,
  type LiveChange,
  promoteVersion,
  rollBackVersion,
  testVersion,
} from '../../environments/change-live.ts'
import { parseVersionRule, type VersionRule } from '../../environments/choosing/version-rule.ts'
import { refuse } from '../../environments/outcome.ts'
import { runProgram } from '../../registries/slipway-index/run-program.ts'
import { showValue } from '../../versions/problem.ts'
import { packageIdOf } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { printJson } from '../server-options.ts'
import {
  type EnvInstallOptions,
  packagesFrom,
  rootParts,
  timeoutOf,
  unwrap,
  withRoot,
} from './env-options.ts'
import { environmentFor } from './env-run-command.ts'

type Finish = (code: number) => void

/** `env test`, `env promote` and `env rollback`. */
export function addEnvLive(group: Command, context: CliContext, finish: Finish): void {
  withRoot(
    group
      .command('promote')
      .description('make an installed version live, after a test of it in place')
      .argument('<package>', 'such as demo-lib')
      .argument('<version>', 'an installed version, or 1.2 for the highest 1.2.*')
      .option('--test <command>', 'a shell command that has to end with 0 with that version')
      .option('--python <program>', 'the Python that runs the test; only what is for it will do')
      .option('--timeout <duration>', 'how long the test may take', '1h'),
  ).action(async (name: string, text: string, options: EnvInstallOptions & { test?: string }) => {
    const rule = ruleFrom(text)
    const test = options.test === undefined ? null : shellTest(options.test, options, context)
    const change = unwrap(await promoteVersion(rootParts(options, context), packagesFrom(name), rule, test))
    finish(say(change, options, context))
  })
  withRoot(
    group
      .command('test')
      .description('test an installed version in place; links such as 1.2 may name it then')
      .argument('<package>', 'such as demo-lib')
      .argument('<version>', 'an installed version, or 1.2 for the highest 1.2.*')
      .argument('<command...>', 'behind --: has to end with 0 with that version')
      .option('--python <program>', 'the Python that runs the modules; only what is for it will do')
      .option('--timeout <duration>', 'how long the test may take', '1h'),
  ).action(async (name: string, text: string, command: string[], options: EnvInstallOptions) => {
    const test = shellTest(command.map(shellWord).join(' '), options, context)
    const tested = unwrap(
      await testVersion(rootParts(options, context), packagesFrom(name), ruleFrom(text), test),
    )
    if (options.json) printJson(context, tested)
    else context.out(`${tested.package}@${tested.tested} passed; ${tested.package}@${tested.live} is live\n`)
    finish(EXIT.done)
  })
  withRoot(
    group
      .command('rollback')
      .description('make live again what was live before')
      .argument('<package>', 'such as demo-lib'),
  ).action(async (name: string, options: EnvInstallOptions) => {
    const change = unwrap(await rollBackVersion(rootParts(options, context), packagesFrom(name)))
    finish(say(change, options, context))
  })
}

/** As a shell reads one word. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

function say(change: LiveChange, options: EnvInstallOptions, context: CliContext): number {
  if (options.json) printJson(context, change)
  else context.out(`${sayLive(change)}\n`)
  return EXIT.done
}

function sayLive(change: LiveChange): string {
  const live = `${change.package}@${change.live}`
  return change.from === change.live ? `${live} is live already` : `${live} is live, was ${change.from}`
}

/** A shell command as the test of a version: run as `env run --with` runs it, its output on standard error. */
export function shellTest(command: string, options: EnvInstallOptions, context: CliContext): InPlaceTest {
  const timeoutMs = timeoutOf(options)
  return async ({ ref, version }) => {
    const text = `${packageIdOf(ref)}@${version}`
    const request = { text, packages: [ref], rule: { kind: 'full' as const, text: version }, extras: [] }
    const joined = await environmentFor([request], options, context)
    if (!joined.ok) return joined
    const env = { ...context.env, ...joined.value.variables }
    context.err(`testing ${text}: ${command}\n`)
    const run = { program: 'sh', args: ['-c', command], cwd: context.cwd, env, timeoutMs }
    const ended = await runProgram({ ...run, onOutput: context.err })
    if (ended.code === 0) return { ok: true, value: null }
    const how = ended.timedOut
      ? `did not end in ${options.timeout ?? '1h'}`
      : `ended with ${ended.code ?? 'a signal'}`
    return refuse(`the test of ${text} ${how}`)
  }
}

function ruleFrom(text: string): VersionRule {
  const rule = parseVersionRule(text)
  if (rule !== null && rule.kind !== 'path') return rule
  throw new CommandStop(
    EXIT.usage,
    `version: got ${showValue(text)}, expected a version such as 1.2.0 or 1.2`,
  )
}
