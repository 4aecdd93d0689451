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
    else {
      context.out(`${printTokens(answer.value, context)}\n`)
      const soon = answer.value.filter((token) => daysLeft(token, context.now()) !== null)
      if (soon.length > 0)
        context.err(
          `Within 14 days ${soon.length === 1 ? 'one ends' : `${soon.length} end`}: make new ones in time with slipway token create.\n`,
        )
    }
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

/** Whole days that a token has left, where it lived longer and ends within 14 of them; else null. */
function daysLeft({ createdAt, expiresAt }: ListedToken, now: number): number | null {
  const soonMs = 14 * 86_400_000
  if (expiresAt === null || expiresAt <= now || expiresAt - now > soonMs) return null
  return expiresAt - createdAt <= soonMs ? null : Math.floor((expiresAt - now) / 86_400_000)
}

function sayEnd(token: ListedToken, now: number): string {
  const { expiresAt } = token
  if (expiresAt !== null && expiresAt <= now) return 'ended'
  const days = daysLeft(token, now)
  return days === null
    ? sayDay(expiresAt)
    : `${sayDay(expiresAt)} (in ${days} ${days === 1 ? 'day' : 'days'})`
}

function printTokens(tokens: readonly ListedToken[], context: CliContext): string {
  if (tokens.length === 0) return 'There are no tokens; slipway token create makes one.'
  const paint = paintFor(context.colour)
  const head = ['id', 'name', 'owner', 'scopes', 'packages', 'ends', 'last used']
  const rows = tokens.map((token) => [
    plain(token.id),
    plain(token.name),
    plain(token.owner),
    token.scopes.join(','),
    plain(token.packages.join(',')),
    sayEnd(token, context.now()),
    token.lastUsedAt === null ? 'never' : sayDay(token.lastUsedAt),
  ])
  return columns([head, ...rows], (cell, row) => {
    if (row === 0) return paint('dim', cell)
    return cell.includes('(in ') ? paint('yellow', cell) : cell
  })
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
