/** Real package managers, each with nothing but what the test gives it. */
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scratchFolder } from './scratch-folder.ts'

export interface Ran {
  readonly code: number
  readonly out: string
}

/** Runs a program with a small environment of its own; never rejects for its exit code. */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: { PATH: process.env.PATH ?? '', HOME: cwd, ...env },
      timeout: 60_000,
      maxBuffer: 16 * 1024 * 1024,
    }
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, out: `${stdout}${stderr}` })
    })
  })
}

/** Whether a program is here; says so when it is not, because its tests are then left out. */
export async function isHere(program: string, args: readonly string[]): Promise<boolean> {
  const { code } = await run(program, args, await scratchFolder())
  if (code !== 0) console.log(`left out: ${program} ${args.join(' ')} does not run on this machine`)
  return code === 0
}

/** npm with an empty cache, a registry and perhaps a token; in a folder of its own. */
export async function npmIn(registry: string, token: string | null = null) {
  const folder = await scratchFolder()
  const lines = [
    `registry=${registry}`,
    `cache=${join(folder, '.cache')}`,
    'audit=false',
    'fund=false',
    'update-notifier=false',
    // `npm publish` looks for credentials of the registry's own path only.
    ...(token === null ? [] : [`${registry.replace('http:', '')}:_authToken=${token}`]),
  ]
  await writeFile(join(folder, '.npmrc'), `${lines.join('\n')}\n`)
  await writeFile(join(folder, 'package.json'), '{"name":"project","version":"0.0.0","private":true}')
  return {
    folder,
    run: (...args: string[]) => run('npm', ['--userconfig', join(folder, '.npmrc'), ...args], folder),
    installed: async (name: string): Promise<string> => {
      const text = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')
      return String(JSON.parse(text).version)
    },
  }
}

/** What pip downloads for one requirement from an index. */
export async function pipDownload(indexUrl: string, requirement: string, options: readonly string[] = []) {
  const folder = await scratchFolder()
  const target = join(folder, 'wheels')
  await mkdir(target)
  const ran = await run(
    'python3',
    [
      ...['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--disable-pip-version-check'],
      ...['--index-url', indexUrl, '--dest', target, ...options, requirement],
    ],
    folder,
  )
  return { ...ran, files: await readdir(target) }
}
