import type { Command } from 'commander'
import { accessClient } from '../../registries/slipway-index/access-client.ts'
import { showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { columns, plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'

interface AuditLogOptions extends ServerOptions {
  readonly limit: string
  readonly cursor?: string
  readonly subject?: string
  readonly action?: string
}

/** `audit-log`: who did what at a server, newest first. */
export function addAuditLog(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('audit-log')
      .description('who did what at a server, newest first (needs operate for every package)')
      .option('--limit <count>', 'how many entries', '50')
      .option('--cursor <next>', 'where the page before ended')
      .option('--subject <id>', 'only about this rollout, release, package or token')
      .option('--action <action>', 'only this, such as rollback or publish'),
  ).action(async (options: AuditLogOptions) => {
    const { limit, cursor, subject, action } = options
    if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > 200)
      throw new CommandStop(
        EXIT.usage,
        `limit: got ${showValue(limit)}, expected a whole number from 1 to 200`,
      )
    const answer = await accessClient(accessOf(options, context)).auditLog({
      limit: Number(limit),
      ...(cursor === undefined ? {} : { cursor }),
      ...(subject === undefined ? {} : { subject }),
      ...(action === undefined ? {} : { action }),
    })
    if (!answer.ok) throw stopFor(answer.failure)
    const { items, next } = answer.value
    if (options.json) printJson(context, answer.value)
    else if (items.length === 0) context.out('Nobody did anything that fits.\n')
    else {
      const rows = items.map((entry) => [
        new Date(entry.at).toISOString().slice(0, 16).replace('T', ' '),
        plain(entry.who),
        plain(entry.action),
        plain(entry.subject),
        plain(entry.from),
        plain(entry.reason),
      ])
      context.out(`${columns(rows)}\n`)
      if (next !== null) context.err(`There are more: --cursor ${next}\n`)
    }
    finish(EXIT.done)
  })
}
