import type { Command } from 'commander'
import { showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'

interface ServeOptions {
  readonly port?: string
  readonly host?: string
  readonly data?: string
  readonly config?: string
  readonly json?: boolean
}

/** `serve`: runs index, API and bot on one port until it is told to stop. */
export function addServe(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('serve')
    .description('run index, API and bot on one port')
    .option('--port <number>', 'port to listen on; 0 picks a free one')
    .option('--host <address>', 'address to listen on')
    .option('--data <folder>', 'where everything is kept')
    .option('--config <file>', 'settings file instead of slipway.server.yml')
    .option('--json', 'say where it listens as JSON instead of text')
    .action(async (options: ServeOptions) => {
      finish(
        await context.serve({
          port: options.port === undefined ? null : portOf(options.port),
          host: options.host ?? null,
          data: options.data ?? null,
          config: options.config ?? null,
          json: options.json ?? false,
        }),
      )
    })
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port >= 0 && port <= 65535))
    throw new CommandStop(EXIT.usage, `port: got ${showValue(text)}, expected a number from 0 to 65535`)
  return port
}
