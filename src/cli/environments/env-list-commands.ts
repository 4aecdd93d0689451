import type { Command } from 'commander'
import { runningFrom } from '../../environments/installing/folder-users.ts'
import { pruneVersions } from '../../environments/installing/prune-versions.ts'
import { uninstallVersion } from '../../environments/installing/uninstall-version.ts'
import { diskFiles } from '../../environments/root/environment-files.ts'
import { type ListedPackage, type ListedVersion, listRoot } from '../../environments/root/list-root.ts'
import { namedRoots, searchRoots } from '../../environments/root/search-roots.ts'
import { packageIdOf } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { columns, type Paint, paintFor } from '../paint.ts'
import { printJson } from '../server-options.ts'
import {
  type EnvOptions,
  packagesFrom,
  requestFrom,
  rootParts,
  settingsFor,
  unwrap,
  withRoot,
} from './env-options.ts'
import { pythonPrefix } from './env-run-command.ts'

type Finish = (code: number) => void

/** `env list`, `env prune` and `env uninstall`. */
export function addEnvList(group: Command, context: CliContext, finish: Finish): void {
  withRoot(
    group
      .command('list')
      .description('list what is installed, in the order in which it is found')
      .argument('[package]', 'only this one'),
  ).action(async (name: string | undefined, options: EnvOptions) => {
    const settings = settingsFor(options, context)
    const roots =
      settings.root === null
        ? searchRoots(settings, await pythonPrefix(options, context))
        : namedRoots(settings).slice(0, 1)
    const wanted = name === undefined ? null : packagesFrom(name).map(packageIdOf)
    const listed = (await Promise.all(roots.map((root) => listRoot(diskFiles, root))))
      .flat()
      .filter((one) => wanted === null || wanted.includes(one.package))
    if (options.json) printJson(context, { roots, packages: listed })
    else context.out(`${printListed(listed, roots, paintFor(context.colour))}\n`)
    finish(EXIT.done)
  })
  withRoot(
    group
      .command('uninstall')
      .description('remove one version that is not live and that no process runs from')
      .argument('<package>', 'with its full version, such as demo-lib@1.2.0'),
  ).action(async (text: string, options: EnvOptions) => {
    const { packages, rule } = requestFrom(text)
    if (rule.kind !== 'full' && rule.kind !== 'partial')
      throw new CommandStop(
        EXIT.usage,
        `package: got ${text}, expected a full version, such as demo-lib@1.2.0`,
      )
    const gone = unwrap(await uninstallVersion(rootParts(options, context), packages, rule.text, runningFrom))
    if (options.json) printJson(context, gone)
    else {
      const kept = gone.stillNeededBy.map((id) => `${id} needs it and keeps its own\n`)
      context.out(`uninstalled ${gone.package}@${gone.version}\n${kept.join('')}`)
    }
    finish(EXIT.done)
  })
  withRoot(
    group
      .command('prune')
      .description('remove versions that no 1, 1.2, live or previous points to and that wait for no test')
      .argument('[package]', 'only this one')
      .option('--dry-run', 'only say what would go'),
  ).action(async (name: string | undefined, options: EnvOptions & { dryRun?: boolean }) => {
    const packages = name === undefined ? null : packagesFrom(name)
    const isDryRun = options.dryRun === true
    const reports = unwrap(await pruneVersions(rootParts(options, context), packages, isDryRun))
    if (options.json) printJson(context, { dryRun: isDryRun, packages: reports })
    else {
      const gone = reports.flatMap((report) => report.gone.map((version) => `${report.package}@${version}`))
      const verb = isDryRun ? 'would remove' : 'removed'
      context.out(gone.length === 0 ? 'nothing to remove\n' : `${verb} ${gone.join(', ')}\n`)
    }
    finish(EXIT.done)
  })
}

const standingOf = ({ standing }: ListedVersion): string =>
  standing === 'accepted' ? '' : standing.replace('-', ' ')

const hasExtras = ({ extras }: ListedVersion['builds'][number]): boolean => extras.length > 0

const sayBuild = ({ interpreter, extras }: ListedVersion['builds'][number]): string =>
  `${interpreter}${extras.length === 0 ? '' : ` [${extras.join(',')}]`}`

function printListed(listed: readonly ListedPackage[], roots: readonly string[], paint: Paint): string {
  if (listed.length === 0) return `nothing is installed in ${roots.join(', ')}`
  return listed
    .map((one) => {
      const made = new Set(one.versions.flatMap(({ builds }) => builds.map(({ interpreter }) => interpreter)))
      const others = ({ version, links }: ListedVersion) =>
        links.filter((link) => link !== version).join(', ')
      const buildsOf = ({ builds }: ListedVersion) =>
        (made.size > 1 ? builds : builds.filter(hasExtras)).map(sayBuild).join(', ')
      const rows = one.versions
        .toReversed()
        .map((version) => [version.version, others(version), standingOf(version), buildsOf(version)])
      const style = (cell: string, _: number, column: number) =>
        column === 1 && /\blive\b/.test(cell) ? paint('green', cell) : cell
      return `${paint('bold', one.package)}  ${paint('dim', one.root)}\n${columns(rows, style)}`
    })
    .join('\n')
}
