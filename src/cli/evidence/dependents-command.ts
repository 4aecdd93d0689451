import type { Command } from 'commander'
import { type DependentEntry, packageClient } from '../../registries/slipway-index/package-client.ts'
import { sayProblem } from '../../versions/problem.ts'
import { type PackageId, packageIdOf, parsePackageId, parseReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { columns, paintFor, plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'

/** A run of comparison reads this many dependents at most, as a server does. */
const mostProposed = 20

/** `dependents`: who needs a package, by what the index serves; with `--find` whose code is worth reading. */
export function addDependents(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('dependents')
      .description('who needs a package, by the metadata that the index serves')
      .argument('<package>', 'package such as npm:@scope/lib or pypi:demo-lib')
      .option('--find', 'only the newest release of each, as compare takes them: --used-by'),
  ).action(async (text: string, options: ServerOptions & { find?: boolean }) => {
    const parsed = parsePackageId(text)
    if (!parsed.ok) throw new CommandStop(EXIT.usage, sayProblem({ ...parsed.problem, field: 'package' }))
    const id = packageIdOf(parsed.value)
    const answer = await packageClient(accessOf(options, context)).dependents(id)
    if (!answer.ok) throw stopFor(answer.failure)
    const found = options.find === true ? proposed(answer.value.dependents) : answer.value.dependents
    if (options.json) printJson(context, { package: id, dependents: found })
    else context.out(printDependents(id, found, options.find === true, context))
    finish(EXIT.done)
  })
}

/** The newest final of each package that needs it whatever else is chosen, the first few by name. */
function proposed(all: readonly DependentEntry[]): readonly DependentEntry[] {
  const newest = new Map<PackageId, { entry: DependentEntry; version: string }>()
  for (const entry of all) {
    const parsed = parseReleaseId(entry.release)
    if (!parsed.ok || entry.optional) continue
    const { ecosystem, version } = parsed.value
    const { compare, isPrerelease } = schemeOf(ecosystem)
    const known = newest.get(packageIdOf(parsed.value))
    if (isPrerelease(version) || (known !== undefined && compare(known.version, version) >= 0)) continue
    newest.set(packageIdOf(parsed.value), { entry, version })
  }
  return [...newest.values()].map(({ entry }) => entry).slice(0, mostProposed)
}

function printDependents(
  id: PackageId,
  found: readonly DependentEntry[],
  isProposal: boolean,
  { colour }: CliContext,
): string {
  if (found.length === 0)
    return `Nothing on this index needs ${id}. Dependents elsewhere are named to slipway compare: --used-by <release or file>.\n`
  const rows = found.map(({ release, range, optional }) => [
    plain(release),
    plain(range === '' ? 'any version' : range),
    optional ? 'optional' : '',
  ])
  const paint = paintFor(colour)
  const how = isProposal
    ? `\n${paint('dim', `slipway compare <baseline> <candidate> --used-by ${found.map(({ release }) => release).join(' ')}`)}\n`
    : ''
  return `${columns(rows)}\n${how}`
}
