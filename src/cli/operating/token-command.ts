import type { Command } from 'commander'
import { parseDuration } from '../../config/reading/duration.ts'
import { apiClient } from '../../registries/slipway-index/api-client.ts'
import { sayProblem, showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { accessOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'

const SCOPES = ['publish', 'operate', 'read']

interface TokenOptions extends ServerOptions {
  readonly scopes: string
  readonly packages: string
  readonly expires?: string
}

/** `token create`: asks a running server for a token; its secret is printed once and stored nowhere. */
export function addToken(program: Command, context: CliContext, finish: (code: number) => void): void {
  const token = program.command('token').description('tokens of a server')
  withServer(
    token
      .command('create')
      .description('make a token (needs a token with operate scope, such as SLIPWAY_ADMIN_TOKEN)')
      .requiredOption('--scopes <list>', `comma separated: ${SCOPES.join(', ')}`)
      .requiredOption('--packages <list>', 'comma separated patterns such as npm:@acme/*,pypi:demo-*')
      .option('--expires <duration>', 'how long it lives, such as 90d; without it, forever'),
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
    const made = await apiClient(accessOf(adminOptions(options, context), context)).createToken({
      scopes,
      packages,
      ...(options.expires === undefined ? {} : { expiresInMs: durationOf(options.expires) }),
    })
    if (!made.ok) throw stopFor(made.failure)
    if (options.json) printJson(context, made.value)
    else {
      context.out(`${made.value.token}\n`)
      context.err('This is shown once; the server keeps only a hash of it.\n')
    }
    finish(EXIT.done)
  })
}

/** On the machine of the server the operator's own token is at hand. */
function adminOptions(options: TokenOptions, context: CliContext): ServerOptions {
  const token = options.token ?? context.env.SLIPWAY_TOKEN ?? context.env.SLIPWAY_ADMIN_TOKEN
  return { ...options, ...(token === undefined ? {} : { token }) }
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

function durationOf(text: string): number {
  const duration = parseDuration(text, 'expires')
  if (!duration.ok) throw new CommandStop(EXIT.usage, sayProblem(duration.problem))
  return duration.value
}
