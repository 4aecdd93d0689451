import type { Command } from 'commander'
import { compareReleases, type Dependent } from '../../contents/compare-releases.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { addressFrom, printJson } from '../server-options.ts'
import { trustFindings } from './compare-trust.ts'
import { type Compared, loadPair, loadSubject } from './load-subjects.ts'
import { comparisonDocument, printComparison } from './print-comparison.ts'

interface CompareOptions {
  readonly failOn?: string
  readonly json?: boolean
  readonly usedBy?: readonly string[]
  readonly pypiIndex?: string
  readonly npmRegistry?: string
}

const levels = ['stop', 'ask', 'say'] as const

/** `compare`: what a release changes for those who use it, from its files alone. */
export function addCompare(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('compare')
    .description('show what a release changes, from its files alone; nothing of it is run')
    .argument(
      '<baseline>',
      'a release (pypi:name@1.0, npm:@scope/name@1.0.0) or a file (.whl, .tar.gz, .tgz)',
    )
    .argument('<candidate>', 'a release or a file of the same package')
    .option('--used-by <dependent...>', 'releases or files in whose code to look for what is gone')
    .option(
      '--fail-on <level>',
      'exit with 1 when there is a finding of this level or above: stop, ask or say',
    )
    .option('--pypi-index <url>', 'simple index that releases are read from (or PIP_INDEX_URL)')
    .option('--npm-registry <url>', 'registry that releases are read from (or npm_config_registry)')
    .option('--json', 'print JSON instead of text')
    .action(async (baseline: string, candidate: string, options: CompareOptions) =>
      finish(await run(baseline, candidate, options, context)),
    )
}

async function run(
  baseline: string,
  candidate: string,
  options: CompareOptions,
  context: CliContext,
): Promise<number> {
  const failOn = readLevel(options.failOn)
  const addresses = {
    pypi: addressFrom(
      'pypi-index',
      options.pypiIndex ?? (context.env.PIP_INDEX_URL || 'https://pypi.org/simple'),
    ),
    npm: addressFrom(
      'npm-registry',
      options.npmRegistry ?? (context.env.npm_config_registry || 'https://registry.npmjs.org'),
    ),
  }
  const reading = { addresses, cwd: context.cwd }
  const pair: Compared = await loadPair(baseline, candidate, reading)
  const dependents: Dependent[] = []
  for (const given of options.usedBy ?? []) dependents.push(await loadSubject(given, pair.ecosystem, reading))
  const files = compareReleases(pair.ecosystem, pair.before, pair.after, dependents)
  const comparison = {
    ...files,
    findings: [...(await trustFindings(pair, files, addresses)), ...files.findings],
  }
  if (options.json) printJson(context, comparisonDocument(pair, comparison))
  else context.out(printComparison(pair, comparison, context.colour))
  const loud = levels.slice(0, levels.indexOf(failOn ?? 'stop') + 1)
  return failOn !== null && comparison.findings.some(({ level }) => loud.includes(level))
    ? EXIT.refused
    : EXIT.done
}

function readLevel(given: string | undefined): (typeof levels)[number] | null {
  if (given === undefined) return null
  const level = levels.find((one) => one === given)
  if (level !== undefined) return level
  throw new CommandStop(EXIT.usage, `fail-on: got ${JSON.stringify(given)}, expected stop, ask or say`)
}
