import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import {
  ASSUMPTIONS,
  type Assumption,
  type Assumptions,
  standardAssumptions,
} from '../../simulate/assumptions.ts'
import { alternatives, type Contestant } from '../../simulate/contestants.ts'
import { type RunSettings, runSimulation } from '../../simulate/run-simulation.ts'
import { findSensitivity, sensitivityWork } from '../../simulate/sensitivity.ts'
import { summarise } from '../../simulate/summary.ts'
import { showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { paintFor } from '../paint.ts'
import { printJson } from '../server-options.ts'
import { printSensitivity, printSummary } from './print-simulation.ts'
import { type PolicyOptions, simulatedPolicy } from './simulation-policy.ts'

interface SimulateOptions extends PolicyOptions {
  readonly json?: boolean
  readonly sensitivity?: boolean
  readonly releases?: string
  readonly seed?: string
  readonly workers?: string
}

/** Numbers that say how much is simulated, not what the world is like. */
const RUN = {
  releases: { flag: 'releases', unit: '', least: 1, most: 1_000_000, whole: true },
  seed: { flag: 'seed', unit: '', least: 0, most: 4_294_967_295, whole: true },
  workers: { flag: 'workers', unit: '', least: 0, most: 64, whole: true },
} as const

const RELEASES = 2000
/** For each of about fifty variations; half of them are bad ones. */
const SENSITIVITY_RELEASES = 400

/** `simulate`: what a policy would do with thousands of made-up releases, beside other ways to release. */
export function addSimulate(program: Command, context: CliContext, finish: (code: number) => void): void {
  const command = program
    .command('simulate')
    .description('try a policy on made-up releases, beside other ways to release')
    .option('--profile <name>', 'rapid, standard or cautious (default: standard)')
    .option('--policy <file>', 'a .github/slipway.yml, or a policy alone')
    .option('--package <id>', 'which package of that file')
    .option(
      '--releases <n>',
      `how many releases (default: ${RELEASES}; ${SENSITIVITY_RELEASES} with --sensitivity)`,
    )
    .option('--seed <n>', 'the same seed gives the same output (default: 1)')
    .option(
      '--workers <n>',
      'threads that simulate; 0: all on the main thread (default: one for each processor)',
    )
    .option('--sensitivity', 'which assumptions matter: change one at a time')
    .option('--json', 'print JSON instead of text')
  command.optionsGroup('What is assumed:')
  for (const assumption of ASSUMPTIONS) command.option(`--${assumption.flag} <n>`, helpOf(assumption))
  command.action(async (options: SimulateOptions) => {
    const assumed = assumptionsOf(command, options)
    const { name, policy } = await simulatedPolicy(options, context)
    const contestant = { name, policy, fixedCooldownMs: 0 }
    if (options.sensitivity) await reportSensitivity(contestant, assumed, options, context)
    else await reportSummary(contestant, assumed, options, context)
    finish(EXIT.done)
  })
}

async function reportSummary(
  contestant: Contestant,
  assumed: Assumptions,
  options: SimulateOptions,
  context: CliContext,
): Promise<void> {
  const contestants = [contestant, ...alternatives()]
  const releases = Number(options.releases ?? RELEASES)
  const seed = Number(options.seed ?? 1)
  const settings = settingsOf(options, context, releases)
  const records = await runSimulation({ seed, releases, assumed, treatments: contestants }, settings)
  const summary = summarise(records, contestants, { seed, assumed })
  if (options.json) printJson(context, summary)
  else context.out(printSummary(summary, paintFor(context.colour)))
}

async function reportSensitivity(
  contestant: Contestant,
  assumed: Assumptions,
  options: SimulateOptions,
  context: CliContext,
): Promise<void> {
  const releases = Number(options.releases ?? SENSITIVITY_RELEASES)
  const seed = Number(options.seed ?? 1)
  const settings = settingsOf(options, context, sensitivityWork(contestant, releases))
  const found = await findSensitivity(contestant, { seed, releases, assumed }, settings)
  if (options.json) printJson(context, found)
  else context.out(printSensitivity(found, paintFor(context.colour)))
}

function settingsOf(options: SimulateOptions, context: CliContext, work: number): RunSettings {
  return {
    workers: Number(options.workers ?? availableParallelism()),
    script: context.simulateWorker ?? null,
    onProgress: context.live ? progressOn(context, work) : () => {},
  }
}

/** A line that is rewritten for every percent and gone at the end. */
function progressOn(context: CliContext, work: number): (done: number) => void {
  let shown = -1
  return (done) => {
    const percent = Math.floor((done / work) * 100)
    if (percent === shown) return
    shown = percent
    const bar = '#'.repeat(Math.floor(percent / 4)).padEnd(25, '.')
    const line = `[${bar}] ${percent} % of ${work.toLocaleString('en')} releases`
    context.err(done === work ? `\r${' '.repeat(line.length)}\r` : `\r${line}`)
  }
}

/** The assumptions with those that were given; stops with every problem of every number at once. */
function assumptionsOf(command: Command, options: SimulateOptions): Assumptions {
  const assumed: Record<string, number> = { ...standardAssumptions() }
  const problems: string[] = []
  const read = (rule: Omit<Assumption, 'standard' | 'tried' | 'meaning'>, text: unknown): number | null => {
    if (text === undefined) return null
    const number = typeof text === 'string' && /^\d{1,10}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
    const fits = number >= rule.least && number <= rule.most
    if (fits && (rule.whole !== true || Number.isInteger(number))) return number
    const kind = rule.whole === true ? 'a whole number' : 'a number'
    const unit = rule.unit === '' ? '' : ` (in ${rule.unit})`
    problems.push(
      `${rule.flag}: got ${showValue(text)}, expected ${kind} from ${rule.least} to ${rule.most}${unit}`,
    )
    return null
  }
  for (const rule of Object.values(RUN)) read(rule, options[rule.flag])
  for (const rule of ASSUMPTIONS) {
    const given = read(rule, command.getOptionValue(camel(rule.flag)))
    if (given !== null) assumed[rule.flag] = given
  }
  if (problems.length > 0) throw new CommandStop(EXIT.usage, problems.join('\n'))
  return assumed as Assumptions
}

function helpOf({ meaning, standard, unit }: Assumption): string {
  return `${meaning} (default: ${standard}${unit === '' ? '' : ` ${unit}`})`
}

/** How commander names an option that is written with dashes. */
function camel(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
