import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { ServerAccess } from '../registries/slipway-index/api-client.ts'
import type { ApiFailure } from '../registries/slipway-index/api-request.ts'
import { showValue } from '../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from './cli-context.ts'
import { type Typed, whatToType } from './what-to-type.ts'

/** Options of every command that talks to a server. */
export interface ServerOptions {
  readonly server?: string
  readonly token?: string
  readonly json?: boolean
}

export function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'the Slipway server (or SLIPWAY_SERVER)')
    .option('--token <secret>', 'a token of that server (or SLIPWAY_TOKEN, else SLIPWAY_ADMIN_TOKEN)')
    .option('--json', 'print JSON instead of text')
}

/** Where and as whom to ask: flag, then environment. Stops with the usage code when no server is named. */
export function accessOf(options: ServerOptions, context: CliContext): ServerAccess {
  const server = options.server ?? context.env.SLIPWAY_SERVER ?? ''
  if (server === '')
    throw new CommandStop(
      EXIT.usage,
      'no server named: give --server URL or set SLIPWAY_SERVER, for example http://127.0.0.1:8080',
    )
  // On the machine of the server the operator's own token is at hand.
  const given = options.token ?? (context.env.SLIPWAY_TOKEN || context.env.SLIPWAY_ADMIN_TOKEN || '')
  const token = given.trim()
  // What no request can carry; it is a secret, so it is not repeated.
  if (/[^\x21-\x7e]/.test(token))
    throw new CommandStop(
      EXIT.usage,
      'token: expected one word without spaces, as slipway token create printed it',
    )
  return { server: serverFrom(server), token: token === '' ? null : token }
}

/** The cohort key to ask as: flag, then environment; null without one. */
export function keyOf(options: { readonly key?: string }, { env }: CliContext): string | null {
  return options.key ?? (env.SLIPWAY_KEY || null)
}

interface DataOption {
  readonly data?: string
}

/** The data folder on this machine: flag, then environment; null without one. */
export function folderOf({ data }: DataOption, { env, cwd }: CliContext): string | null {
  if (data === '') throw new CommandStop(EXIT.usage, 'data: got "", expected the data folder of a server')
  const given = data ?? env.SLIPWAY_DATA ?? ''
  return given === '' ? null : resolve(cwd, given)
}

/** The same, for what can be asked of a server too. Null: it is; a named server goes before an unnamed folder. */
export function folderUnlessServer(options: ServerOptions & DataOption, context: CliContext): string | null {
  const isServerNamed = (options.server ?? context.env.SLIPWAY_SERVER ?? '') !== ''
  return options.data === undefined && isServerNamed ? null : folderOf(options, context)
}

/** The address of a server as it was given, without slashes at its end. */
export function serverFrom(text: string): string {
  return addressFrom('server', text)
}

/** The same for an address that was given as `field`. */
export function addressFrom(field: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CommandStop(
      EXIT.usage,
      `${field}: got ${showValue(text)}, expected an http or https URL such as http://127.0.0.1:8080`,
    )
  return text.replace(/\/+$/, '')
}

/**
 * A failed call as the end of a command, with what to type instead.
 *
 * @param before what was done or not done until then, a line of its own
 * @param typed the command as it was given, without the program's name
 */
export function stopFor(failure: ApiFailure, before = '', typed: Typed | null = null): CommandStop {
  const code = failure.kind === 'unreachable' ? EXIT.unreachable : EXIT.refused
  const instead = whatToType(failure, typed)
  const hint = instead === null ? '' : failure.status === 401 ? ` (${instead})` : `\nTo go on: ${instead}`
  return new CommandStop(code, `${failure.message}${hint}${before === '' ? '' : `\n${before}`}`)
}

/** Prints a value as JSON, for machines. */
export function printJson(context: CliContext, value: unknown): void {
  context.out(`${JSON.stringify(value, null, 2)}\n`)
}
