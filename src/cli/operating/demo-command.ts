import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'

/** The bundled demonstration, and its sources where nothing was built. */
const scripts = [join('dist', 'demo', 'demo.js'), join('examples', 'demo', 'demo.ts')]

/** `demo`: runs the demonstration that comes with the package; its own options are passed on. */
export function addDemo(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('demo')
    .description('show two releases roll out on this machine, one of them broken')
    .argument('[options...]', 'options of the demo, such as --good or --keep')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (passed: string[]) => {
      const script = scripts.map((path) => join(context.root, path)).find((path) => existsSync(path))
      if (script === undefined)
        throw new CommandStop(EXIT.refused, `there is no demo in ${context.root}; npm run build makes it`)
      finish(await runNode([script, ...passed], context))
    })
}

function runNode(args: readonly string[], context: CliContext): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: context.cwd, env: context.env, stdio: 'inherit' })
    child.on('error', () => resolve(EXIT.refused))
    child.on('close', (code) => resolve(code ?? EXIT.refused))
  })
}
