import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The tarball of one version, taken by `npm pack`; null when npm does not give it. */
export async function takeTarball(cache: string, name: string, version: string): Promise<string | null> {
  const folder = join(cache, 'npm', name.replace('/', '+'))
  const path = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  try {
    await run('npm', [
      'pack',
      '--silent',
      '--ignore-scripts',
      '--pack-destination',
      folder,
      `${name}@${version}`,
    ])
  } catch (error) {
    writeFileSync(`${path}.failed`, String(error))
  }
  return existsSync(path) ? path : null
}

/** A dependent and everything it needs, installed as it was that day; null when that is impossible. */
export async function takeNpmDependent(
  cache: string,
  id: string,
  requirements: readonly string[],
  before: string,
): Promise<string | null> {
  const folder = join(cache, 'npm-dependents', id)
  if (existsSync(join(folder, 'done'))) return folder
  if (existsSync(join(folder, 'failed'))) return null
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const day = new Date(Date.parse(before) + 86_400_000).toISOString().slice(0, 10)
  try {
    await run(
      'npm',
      ['install', '--silent', '--ignore-scripts', '--no-audit', '--force', '--before', day, ...requirements],
      {
        cwd: folder,
        timeout: 300_000,
      },
    )
    writeFileSync(join(folder, 'done'), '')
    return folder
  } catch (error) {
    writeFileSync(join(folder, 'failed'), String(error))
    return null
  }
}
