import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { showValue } from '../../versions/problem.ts'
import { packageIdOf, parsePackageId } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { confirm } from '../confirm.ts'
import { paintFor } from '../paint.ts'
import { printJson, serverFrom } from '../server-options.ts'
import { type FoundProject, findProject } from './find-project.ts'
import { planDependent } from './plan-dependent.ts'
import { planMaintainer } from './plan-maintainer.ts'
import { planPlatform } from './plan-platform.ts'
import type { InitChoices, PlannedFile } from './planned-file.ts'

const ROLES = ['maintainer', 'dependent', 'platform'] as const
type Role = (typeof ROLES)[number]

interface InitOptions {
  readonly server?: string
  readonly account: string
  readonly profile: string
  readonly for: readonly string[]
  readonly repository?: string
  readonly yes?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

/** `init ROLE`: looks at the repository, shows the files that Slipway needs in it, and writes them when told to. */
export function addInit(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('init')
    .description(
      'set a repository up: finds packages, tags and tests, shows the files, writes them when told to',
    )
    .argument(
      '<role>',
      'maintainer (publishes packages), dependent (tests them before others) or platform (an index in front of npm and PyPI)',
    )
    .option(
      '--server <url>',
      'the Slipway server (or SLIPWAY_SERVER); without one, everything lives in the repository',
    )
    .option(
      '--account <name>',
      'the account that the repository of Slipway lies in on your GitHub',
      'slipway',
    )
    .option('--profile <name>', 'how fast: rapid, standard or cautious', 'standard')
    .option(
      '--for <package>',
      'a package to test (dependent; repeatable)',
      (id: string, ids: readonly string[]) => [...ids, id],
      [],
    )
    .option('--repository <owner/name>', 'where that package is released (dependent, without a server)')
    .option('--yes', 'write without asking')
    .option('--force', 'write over files that are there')
    .option('--json', 'print the files as JSON instead of text')
    .action(async (given: string, options: InitOptions) => {
      const role = ROLES.find((one) => one === given)
      if (role === undefined)
        throw new CommandStop(
          EXIT.usage,
          `role: got ${showValue(given)}, expected one of ${ROLES.join(', ')}`,
        )
      const files = plan(role, findProject(context.cwd), options, context)
      const there = files.filter(({ path }) => existsSync(join(context.cwd, path))).map(({ path }) => path)
      if (options.json) printJson(context, { role, files, there })
      else context.out(sayFiles(files, there, context))
      if (there.length > 0 && !options.force)
        throw new CommandStop(
          EXIT.refused,
          `nothing is written: ${there.join(', ')} is there already; --force writes over it`,
        )
      const wanted =
        options.yes || (!options.json && (await confirm(context, `Write ${files.length} files?`)))
      if (wanted) await writeAll(files, context)
      else context.err('Nothing is written; --yes writes these files.\n')
      finish(EXIT.done)
    })
}

function plan(
  role: Role,
  project: FoundProject,
  options: InitOptions,
  context: CliContext,
): readonly PlannedFile[] {
  const choices = choicesOf(options, context)
  switch (role) {
    case 'maintainer':
      if (project.packages.length === 0)
        throw new CommandStop(
          EXIT.refused,
          `no package is built here: expected a package.json with name and version that is not private, or a pyproject.toml with a name, in ${context.cwd} or up to two folders below; for a repository that only uses packages: slipway init dependent`,
        )
      return planMaintainer(project, choices)
    case 'dependent':
      if (choices.server === null && choices.repository === null)
        throw new CommandStop(
          EXIT.usage,
          'repository: got nothing, expected --server with the address of the server, or --repository with the owner/name that releases the package',
        )
      return planDependent(project, packagesFor(options, project), choices)
    case 'platform':
      return planPlatform(project, choices)
  }
}

function choicesOf({ server, account, profile, repository }: InitOptions, context: CliContext): InitChoices {
  const profiles = ['rapid', 'standard', 'cautious']
  if (!profiles.includes(profile))
    throw new CommandStop(
      EXIT.usage,
      `profile: got ${showValue(profile)}, expected one of ${profiles.join(', ')}`,
    )
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/.test(account))
    throw new CommandStop(
      EXIT.usage,
      `account: got ${showValue(account)}, expected the name of an account on GitHub`,
    )
  const named = server ?? context.env.SLIPWAY_SERVER ?? ''
  if (repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new CommandStop(EXIT.usage, `repository: got ${showValue(repository)}, expected owner/name`)
  return { server: named === '' ? null : serverFrom(named), account, profile, repository: repository ?? null }
}

function packagesFor({ for: given }: InitOptions, { dependencies }: FoundProject) {
  if (given.length === 0) {
    const some = dependencies.slice(0, 12).join(', ')
    const seen =
      some === ''
        ? ''
        : `; this repository depends on ${some}${dependencies.length > 12 ? ' and others' : ''}`
    throw new CommandStop(
      EXIT.usage,
      `for: got nothing, expected --for with the package to test, such as npm:demo-lib${seen}`,
    )
  }
  return given.map((text) => {
    const parsed = parsePackageId(text)
    if (!parsed.ok)
      throw new CommandStop(
        EXIT.usage,
        `for: got ${showValue(text)}, expected a package such as npm:@scope/lib or pypi:demo-lib`,
      )
    return packageIdOf(parsed.value)
  })
}

function sayFiles(files: readonly PlannedFile[], there: readonly string[], context: CliContext): string {
  const paint = paintFor(context.colour)
  return files
    .map(
      ({ path, text }) =>
        `${paint('bold', `--- ${path}`)}${there.includes(path) ? paint('yellow', ' (is there already)') : ''}\n${text}\n`,
    )
    .join('')
}

async function writeAll(files: readonly PlannedFile[], context: CliContext): Promise<void> {
  for (const { path, text } of files) {
    const place = join(context.cwd, path)
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, text)
    context.err(`wrote ${path}\n`)
  }
  context.err('Next: slipway check-config, then commit. docs/action.md says what to register where.\n')
}
