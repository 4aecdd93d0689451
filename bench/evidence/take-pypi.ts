import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** One file of a release as pip sees it on the index. */
export interface IndexedFile {
  readonly name: string
  readonly requiresPython: string | null
}

const longest = { timeout: 300_000, maxBuffer: 1 << 28 }

/** What a failing program wrote is what is wanted here as well: pip lists links before it finds no match. */
async function outputOf(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, args, longest)
    return stdout + stderr
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    return `${stdout ?? ''}${stderr ?? ''}`
  }
}

/** All files that pip finds of a package, from its own log; kept in the cache. */
export async function filesOnPypi(cache: string, name: string): Promise<readonly IndexedFile[]> {
  const folder = join(cache, 'pypi', name)
  const kept = join(folder, 'listing.json')
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as IndexedFile[]
  const log = await outputOf('pip', ['download', '-vv', '--no-deps', '-d', folder, `${name}==99999`])
  const files = new Map<string, IndexedFile>()
  for (const line of log.split('\n')) {
    const found = /(?:Found link|Skipping link:.*?|Link requires.*?) ?(https?:\/\/\S+)/.exec(line)
    const file = found?.[1]?.split('#')[0]?.split('/').pop()
    if (file === undefined || !/\.(whl|tar\.gz|zip|tar\.bz2|egg|exe)$/.test(file)) continue
    const python = /\(requires-python:([^)]*)\)/.exec(line)?.[1] ?? null
    const decoded = decodeURIComponent(file)
    files.set(decoded, {
      name: decoded,
      requiresPython: python?.replaceAll('&gt;', '>').replaceAll('&lt;', '<') ?? null,
    })
  }
  const list = [...files.values()]
  mkdirSync(folder, { recursive: true })
  if (list.length > 0) writeFileSync(kept, JSON.stringify(list))
  return list
}

/** One wheel by its name, taken by `pip download` with the tags of that very file; null when pip does not give it. */
export async function takeWheel(
  cache: string,
  name: string,
  version: string,
  wheel: string,
): Promise<string | null> {
  const folder = join(cache, 'pypi', name, version)
  const path = join(folder, wheel)
  if (existsSync(path)) return path
  if (existsSync(`${path}.absent`)) return null
  mkdirSync(folder, { recursive: true })
  const [python = '', abi = '', platforms = ''] = wheel.slice(0, -4).split('-').slice(-3)
  const number = /(?:cp|py)(\d)(\d*)/.exec(python.split('.').at(-1) ?? '')
  const minor = number?.[2] === '' ? (number[1] === '2' ? '7' : '11') : number?.[2]
  const args = [
    'download',
    '-q',
    '--no-deps',
    '--only-binary=:all:',
    '--ignore-requires-python',
    '-d',
    folder,
  ]
  args.push('--python-version', `${number?.[1] ?? 3}.${minor ?? 11}`)
  // Without a word of it pip prefers a wheel made for this machine.
  if (platforms === 'any') args.push('--implementation', 'py', '--abi', 'none', '--platform', 'any')
  else for (const platform of platforms.split('.')) args.push('--platform', platform)
  if (platforms !== 'any') args.push('--implementation', 'cp', '--abi', abi.split('.')[0] ?? abi)
  await outputOf('pip', [...args, `${name}==${version}`])
  if (existsSync(path)) return path
  // pip may know a better file of this version than the one asked for; then that one is not this one.
  writeFileSync(`${path}.absent`, readdirSync(folder).join('\n'))
  return null
}

/** A dependent and everything it needs, unpacked as they were that day; null when it cannot be installed. */
export async function takeDependent(
  cache: string,
  id: string,
  requirements: readonly string[],
  python: string,
  excludeNewer: string,
): Promise<string | null> {
  const folder = join(cache, 'dependents', id)
  if (existsSync(`${folder}.done`)) return folder
  if (existsSync(`${folder}.failed`)) return null
  const args = ['pip', 'install', '-q', '--target', folder, '--exclude-newer', excludeNewer]
  args.push('--python-version', python, '--python-platform', 'x86_64-manylinux2014')
  const said = await outputOf('uv', [...args, ...requirements])
  const worked = existsSync(folder) && readdirSync(folder).some((entry) => entry.endsWith('.dist-info'))
  writeFileSync(`${folder}.${worked ? 'done' : 'failed'}`, said)
  return worked ? folder : null
}
