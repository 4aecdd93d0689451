/** A folder of packages, a root that is yet to be made, and the command line with both. */
import { join } from 'node:path'
import { type CliRun, spawnCli } from '../cli/spawn-cli.ts'
import { type Ran, run } from '../server/clients.ts'
import { scratchFolder } from '../server/scratch-folder.ts'

export interface PackageWorld {
  readonly folder: string
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  cli(command: string, ...args: string[]): Promise<CliRun>
  /** A Python program that can import by version; `python3` unless another one is named. */
  python(code: string, env?: Readonly<Record<string, string>>, program?: string): Promise<Ran>
}

export async function packageWorld(): Promise<PackageWorld> {
  const folder = await scratchFolder()
  const root = join(folder, 'root')
  // pip's own settings hold: here they name a folder instead of an index.
  const env = { HOME: folder, PIP_FIND_LINKS: folder, PIP_NO_INDEX: '1', PIP_NO_CACHE_DIR: '1' }
  return {
    folder,
    root,
    env,
    cli: (command, ...args) => spawnCli(['env', command, '--root', root, ...args], env, folder),
    python: (code, more = {}, program = 'python3') =>
      run(program, ['-c', code], folder, { PYTHONPATH: root, PYTHONDONTWRITEBYTECODE: '1', ...more }),
  }
}
