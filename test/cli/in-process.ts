/** Runs the command line in this process: nothing is started, so a test may run many. */
import type { CliContext } from '../../src/cli/cli-context.ts'
import { runCli } from '../../src/cli/program.ts'
import type { CliRun } from './spawn-cli.ts'

export async function slipway(
  cwd: string,
  args: readonly string[],
  change: Partial<CliContext> = {},
): Promise<CliRun> {
  let out = ''
  let err = ''
  const context: CliContext = {
    env: {},
    cwd,
    now: Date.now,
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    colour: false,
    live: false,
    ask: null,
    version: '0',
    root: cwd,
    serve: async () => 0,
    ...change,
  }
  return { code: await runCli(args, context), out, err }
}
