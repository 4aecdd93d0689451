import type { Command } from 'commander'
import { parseDuration } from '../../config/reading/duration.ts'
import { accessClient, type ListedToken } from '../../registries/slipway-index/access-client.ts'
import { sayProblem, showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { mustConfirm } from '../confirm.ts'
import { columns, paintFor, plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'

const SCOPES = ['publish', 'operate', 'read', 'report']

interface TokenOptions extends ServerOptions {
  readonly name?: string
  readonly owner?: string
  readonly scopes: string
  readonly packages: string
  readonly expires?: string
}

/** `token create | list | revoke`: who may do what at a server. */
export function addToken(program: Command, context: CliContext, finish: (code: number) => void): void {
  const token = program.command('token').description('tokens of a server: make, list and revoke them')
  addCreate(token, context, finish)
  addList(token, context, finish)
  addRevoke(token, context, finish)
}

/** The secret is printed once and stored nowhere. */
function addCreate(token: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    token
      .command('create')
      .description('make a token (needs a token with operate scope, such as SLIPWAY_ADMIN_TOKEN)')
      .option('--name <name>', 'what people call it')
      .option('--owner <owner>', 'who answers for it (the operator names others than itself)')
      .requiredOption('--scopes <list>', `comma separated: ${SCOPES.join(', ')}`)
      .requiredOption('--packages <list>', 'comma separated patterns such as npm:@acme/*,pypi:demo-*')
      .option(
        '--expires <duration>',
        'how long it lives, such as 30d, or never; without it 90 days, a year if it only reads or reports',
      ),
  ).action(async (options: TokenOptions) => {
    const scopes = listOf(options.scopes)
    const stray = scopes.find((scope) => !SCOPES.includes(scope))
    if (scopes.length === 0 || stray !== undefined)
      throw new CommandStop(
        EXIT.usage,
        `scopes: got ${showValue(stray ?? options.scopes)}, expected one or more of ${SCOPES.join(', ')}`,
      )
    const packages = listOf(options.packages)
    if (packages.length === 0)
      throw new CommandStop(
        EXIT.usage,
        'packages: got nothing, expected the packages the token is for, such as npm:@acme/* or pypi:demo-lib',
      )
    const made = await accessClient(accessOf(options, context)).createToken({
      scopes,
      packages,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.owner === undefined ? {} : { owner: options.owner }),
      ...(options.expires === undefined ? {} : { expiresInMs: lifeOf(options.expires) }),
    })
    if (!made.ok) throw stopFor(made.failure)
    if (options.json) printJson(context, made.value)
    else {
      const { id, expiresAt } = made.value
      context.out(`${made.value.token}\n`)
      context.err(
        `This is shown once; the server keeps only a hash of it. It is ${id} and ends ${sayDay(expiresAt)}.\n`,
      )
    }
    finish(EXIT.done)
  })
}

function addList(token: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    token.command('list').description('the tokens that do nothing which yours may not, newest first'),
  ).action(async (options: ServerOptions) => {
    const answer = await accessClient(accessOf(options, context)).listTokens()
    if (!answer.ok) throw stopFor(answer.failure)
    if (options.json) printJson(context, answer.value)
    else context.out(`${printTokens(answer.value, context)}\n`)
    finish(EXIT.done)
  })
}

function addRevoke(token: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    token
      .command('revoke')
      .description('revoke a token: it is refused from its next request on')
      .argument('<id>', 'as token list shows it')
      .option('--yes', 'without asking'),
  ).action(async (id: string, options: ServerOptions & { yes?: boolean }) => {
    await mustConfirm(context, options.yes, `Revoke ${id}? Whatever uses it stops working.`)
    const answer = await accessClient(accessOf(options, context)).revokeToken(id)
    if (!answer.ok) throw stopFor(answer.failure)
    if (options.json) printJson(context, answer.value)
    else context.out(`${plain(answer.value.name)} (${plain(answer.value.id)}) is revoked.\n`)
    finish(EXIT.done)
  })
}

function printTokens(tokens: readonly ListedToken[], context: CliContext): string {
  if (tokens.length === 0) return 'There are no tokens; slipway token create makes one.'
  const paint = paintFor(context.colour)
  const head = ['id', 'name', 'owner', 'scopes', 'packages', 'ends', 'last used']
  const rows = tokens.map(({ id, name, owner, scopes, packages, expiresAt, lastUsedAt }) => [
    plain(id),
    plain(name),
    plain(owner),
    scopes.join(','),
    plain(packages.join(',')),
    expiresAt !== null && expiresAt <= context.now() ? 'ended' : sayDay(expiresAt),
    lastUsedAt === null ? 'never' : sayDay(lastUsedAt),
  ])
  return columns([head, ...rows], (cell, row) => (row === 0 ? paint('dim', cell) : cell))
}

function sayDay(at: number | null): string {
  return at === null ? 'never' : new Date(at).toISOString().slice(0, 10)
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

/** Null for `never`. */
function lifeOf(text: string): number | null {
  if (text === 'never') return null
  const duration = parseDuration(text, 'expires')
  if (!duration.ok) throw new CommandStop(EXIT.usage, `${sayProblem(duration.problem)}, or never`)
  return duration.value
}
