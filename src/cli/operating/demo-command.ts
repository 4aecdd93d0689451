import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'

/** `demo`: runs the demonstration that lies beside the sources; its own options are passed on. */
export function addDemo(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('demo')
    .description('show two releases roll out on this machine, one of them broken (in a checkout only)')
    .argument('[options...]', 'options of the demo, such as --good or --keep')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (passed: string[]) => {
      const script = join(context.root, 'examples', 'demo', 'demo.ts')
      if (!existsSync(script))
        throw new CommandStop(
          EXIT.refused,
          'the demo needs a checkout of the Slipway repository: it is not part of the installed package',
        )
      finish(await runNode([script, ...passed], context))
    })
}

function runNode(args: readonly string[], context: CliContext): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: context.root, env: context.env, stdio: 'inherit' })
    child.on('error', () => resolve(EXIT.refused))
    child.on('close', (code) => resolve(code ?? EXIT.refused))
  })
}
