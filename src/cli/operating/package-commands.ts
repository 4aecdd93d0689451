import type { Command } from 'commander'
import type { ApiAnswer } from '../../registries/slipway-index/api-request.ts'
import { type PackagePart, packageClient, type Said } from '../../registries/slipway-index/package-client.ts'
import { sayProblem, showValue } from '../../versions/problem.ts'
import { formatReleaseId, packageIdOf, parsePackageId, parseReleaseId } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { mustConfirm } from '../confirm.ts'
import { readGivenFile } from '../given-file.ts'
import { columns, paintFor, plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'
import { printPackage } from './print-package.ts'

type Finish = (code: number) => void

const PACKAGE = 'package such as npm:@scope/lib or pypi:demo-lib'
const RELEASE = 'release such as npm:@scope/lib@2.0.0'

/** `package`: what maintainers and operators say about a package and its releases. */
export function addPackage(program: Command, context: CliContext, finish: Finish): void {
  const group = program
    .command('package')
    .description('packages of a server: who owns them, what is said of them')
  addShow(group, context, finish)
  addStatus(group, context, finish)
  addOwner(group, context, finish)
  addPublishers(group, context, finish)
  addAdvisories(group, context, finish)
  addReleaseWords(group, context, finish)
}

function addShow(group: Command, context: CliContext, finish: Finish): void {
  withServer(
    group.command('show').description('versions, status and rollouts').argument('<package>', PACKAGE),
  ).action(async (text: string, options: ServerOptions) => {
    const answer = await packageClient(accessOf(options, context)).show(packageFrom(text))
    if (!answer.ok) throw stopFor(answer.failure)
    if (options.json) printJson(context, answer.value)
    else context.out(`${printPackage(answer.value, paintFor(context.colour))}\n`)
    finish(EXIT.done)
  })
}

function addStatus(group: Command, context: CliContext, finish: Finish): void {
  withServer(
    group
      .command('status')
      .description('say or set whether a package is active, archived, quarantined or deprecated')
      .argument('<package>', PACKAGE)
      .argument('[status]', 'active, archived, quarantined or deprecated')
      .option('--reason <text>', 'why; clients show it'),
  ).action(async (text: string, status: string | undefined, options: ServerOptions & { reason?: string }) => {
    const client = packageClient(accessOf(options, context))
    const id = packageFrom(text)
    if (status === undefined)
      onlyWith('reason', options.reason, 'a status behind the package, such as archived')
    const body = { status, ...(options.reason === undefined ? {} : { reason: options.reason }) }
    const answer =
      status === undefined ? await client.read(id, 'status') : await client.change('PUT', id, 'status', body)
    finish(say(answer, options, context, (said) => `${id} is ${said.status}${because(said.reason)}`))
  })
}

function addOwner(group: Command, context: CliContext, finish: Finish): void {
  withServer(
    group
      .command('owner')
      .description('say or set the repository that owns a package')
      .argument('<package>', PACKAGE)
      .argument('[repository]', 'owner/name')
      .option(
        '--id <number>',
        'the id of the repository on GitHub, where the server has no App to look it up',
      ),
  ).action(async (text: string, repository: string | undefined, options: ServerOptions & { id?: string }) => {
    const client = packageClient(accessOf(options, context))
    const id = packageFrom(text)
    if (repository === undefined)
      onlyWith('id', options.id, 'the repository behind the package, as owner/name')
    const answer =
      repository === undefined
        ? await client.read(id, 'owner')
        : await client.change('PUT', id, 'owner', { repository, repositoryId: options.id })
    finish(
      say(answer, options, context, (said) => `${id} belongs to ${said.repository} (${said.repositoryId})`),
    )
  })
}

interface PublisherOptions extends ServerOptions {
  readonly repositoryId?: string
  readonly ownerId?: string
  readonly workflow?: string
  readonly environment?: string
  readonly remove?: boolean
  readonly yes?: boolean
}

function addPublishers(group: Command, context: CliContext, finish: Finish): void {
  withServer(
    group
      .command('publishers')
      .description('list the workflows that may publish without a stored secret; add one, or remove all')
      .argument('<package>', PACKAGE)
      .option('--repository-id <number>', 'add: the id of the repository')
      .option('--owner-id <number>', 'add: the id of the repository’s owner')
      .option('--workflow <path>', 'add: such as .github/workflows/release.yml')
      .option('--environment <name>', 'add: only in this deployment environment')
      .option('--remove', 'remove all of them')
      .option('--yes', 'with --remove: without asking'),
  ).action(async (text: string, options: PublisherOptions) => {
    const client = packageClient(accessOf(options, context))
    const id = packageFrom(text)
    const added = addedPublisher(options)
    let answer = await client.read(id, 'publishers')
    if (answer.ok && options.remove) {
      await mustConfirm(context, options.yes, `No workflow may publish ${id} any more. Do it?`)
    }
    if (answer.ok && options.remove) answer = await client.change('PUT', id, 'publishers', { publishers: [] })
    if (answer.ok && added !== null) {
      const publishers = [...publishersIn(answer.value), added]
      answer = await client.change('PUT', id, 'publishers', { publishers })
    }
    finish(say(answer, options, context, (said) => sayPublishers(id, publishersIn(said))))
  })
}

/** The workflow to add; null where none is named. Half of one is a mistake, and so is one beside `--remove`. */
function addedPublisher(options: PublisherOptions) {
  const { repositoryId, ownerId, workflow, environment } = options
  const parts = [
    ['repository-id', repositoryId],
    ['owner-id', ownerId],
    ['workflow', workflow],
  ] as const
  if ([repositoryId, ownerId, workflow, environment].every((part) => part === undefined)) return null
  if (options.remove)
    throw new CommandStop(EXIT.usage, 'remove: got a workflow to add, expected --remove alone')
  const [missing] = parts.find(([, value]) => value === undefined) ?? []
  if (missing !== undefined) {
    const expected = `--${missing}; a publisher is --repository-id, --owner-id and --workflow together`
    throw new CommandStop(EXIT.usage, `${missing}: got nothing, expected ${expected}`)
  }
  return { repositoryId, repositoryOwnerId: ownerId, workflow, environment: environment ?? null }
}

/** The publishers of an answer in the form in which they are put back. */
function publishersIn({ publishers }: Said): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(publishers)) return []
  return publishers.map(({ package: _, ...publisher }) => publisher)
}

function sayPublishers(id: string, publishers: readonly Readonly<Record<string, unknown>>[]): string {
  if (publishers.length === 0) return `no workflow may publish ${id}`
  return publishers
    .map(({ repositoryId, workflow, environment }) => {
      const only = environment === null ? '' : ` in the environment ${environment}`
      return `${workflow} of the repository ${repositoryId}${only}`
    })
    .join('\n')
}

function addAdvisories(group: Command, context: CliContext, finish: Finish): void {
  withServer(
    group
      .command('advisories')
      .description('list what is known against versions of a package, or set all of it')
      .argument('<package>', PACKAGE)
      .option('--set <file>', 'a JSON file: a list of {id, affected, summary, url}; [] takes them all back'),
  ).action(async (text: string, options: ServerOptions & { set?: string }) => {
    const client = packageClient(accessOf(options, context))
    const id = packageFrom(text)
    const answer =
      options.set === undefined
        ? await client.read(id, 'advisories')
        : await client.change('PUT', id, 'advisories', await advisoriesIn(options.set, context))
    finish(say(answer, options, context, (said) => sayAdvisories(id, said)))
  })
}

/** The body of the change: the file's list, or the document that `--json` prints. */
async function advisoriesIn(file: string, context: CliContext): Promise<object> {
  const expected = 'a JSON file with a list of advisories'
  const text = await readGivenFile('set', file, expected, context)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new CommandStop(EXIT.usage, `set: got ${plain(file)} (no JSON), expected ${expected}`)
  }
  const list = typeof json === 'object' && json !== null && 'advisories' in json ? json.advisories : json
  if (!Array.isArray(list))
    throw new CommandStop(EXIT.usage, `set: got no list in ${file}, expected ${expected}`)
  return { advisories: list }
}

function sayAdvisories(id: string, { advisories }: Said): string {
  const rows = Array.isArray(advisories)
    ? advisories.map(({ id, affected, summary }) =>
        [id, affected, summary].map((cell) => plain(String(cell))),
      )
    : []
  return rows.length === 0 ? `nothing is known against ${id}` : columns(rows)
}

type ReasonOptions = ServerOptions & {
  readonly reason?: string
  readonly as?: string
  readonly yes?: boolean
}

function addReleaseWords(group: Command, context: CliContext, finish: Finish): void {
  const words: readonly (readonly [string, string, PackagePart, 'POST' | 'DELETE'])[] = [
    ['yank', 'have clients pass over a release unless it is pinned (npm: deprecate it)', 'yank', 'POST'],
    ['unyank', 'take a yank back', 'yank', 'DELETE'],
    ['unlabel', 'take a label off', 'label', 'DELETE'],
    ['block', 'refuse a release everywhere, exact pins included', 'block', 'POST'],
    ['unblock', 'let exact pins have it again', 'unblock', 'POST'],
  ]
  for (const [name, description, part, method] of words) {
    const command = withServer(group.command(name).description(description).argument('<release>', RELEASE))
    if (method === 'POST') command.requiredOption('--reason <text>', 'why; clients show it')
    if (part === 'block') command.option('--yes', 'without asking')
    if (part === 'block' || part === 'unblock')
      command.option('--as <person>', 'the person behind a shared token')
    command.action(async (text: string, options: ReasonOptions) => {
      const { id, version } = releaseFrom(text)
      if (part === 'block')
        await mustConfirm(
          context,
          options.yes,
          `${id}@${version} is refused everywhere, exact pins included. Do it?`,
        )
      const given = method === 'POST' ? { reason: options.reason } : {}
      const body = { version, ...given, ...(options.as === undefined ? {} : { as: options.as }) }
      const answer = await packageClient(accessOf(options, context)).change(method, id, part, body)
      const words = `package ${name} ${id}@${version}`
      if (!answer.ok) throw stopFor(answer.failure, '', { words, as: options.as, reason: options.reason })
      const done = answer.value.changed === false ? 'nothing was changed, it was so already' : `${name} done`
      finish(say(answer, options, context, () => `${id}@${version}: ${done}${because(options.reason)}`))
    })
  }
  withServer(
    group
      .command('label')
      .description('label a release as deprecated or unsupported')
      .argument('<release>', RELEASE)
      .argument('<label>', 'deprecated or unsupported')
      .requiredOption('--reason <text>', 'why; clients show it'),
  ).action(async (text: string, label: string, options: ReasonOptions) => {
    const { id, version } = releaseFrom(text)
    const body = { version, label, reason: options.reason }
    const answer = await packageClient(accessOf(options, context)).change('PUT', id, 'label', body)
    finish(say(answer, options, context, () => `${id}@${version} is ${label}${because(options.reason)}`))
  })
}

function say(
  answer: ApiAnswer<Said>,
  options: ServerOptions,
  context: CliContext,
  sentence: (said: Said) => string,
): number {
  if (!answer.ok) throw stopFor(answer.failure)
  if (options.json) printJson(context, answer.value)
  else context.out(`${sentence(answer.value)}\n`)
  return EXIT.done
}

/** An option that says nothing without something else is a mistake, not an option to pass over. */
function onlyWith(field: string, value: string | undefined, needed: string): void {
  if (value !== undefined)
    throw new CommandStop(EXIT.usage, `${field}: got ${showValue(value)}, expected it with ${needed}`)
}

function because(reason: unknown): string {
  return typeof reason === 'string' ? `: ${reason}` : ''
}

function packageFrom(text: string): string {
  const parsed = parsePackageId(text)
  if (!parsed.ok) throw new CommandStop(EXIT.usage, sayProblem(parsed.problem))
  return packageIdOf(parsed.value)
}

function releaseFrom(text: string): { readonly id: string; readonly version: string } {
  const parsed = parseReleaseId(text)
  if (!parsed.ok) throw new CommandStop(EXIT.usage, sayProblem(parsed.problem))
  return { id: packageIdOf(formatReleaseId(parsed.value)), version: parsed.value.version }
}
