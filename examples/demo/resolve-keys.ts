import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npmLatest, pypiLatest } from './index-client.ts'
import { inParallel, mustRun } from './processes.ts'

export interface Share {
  /** Keys asked, and how many of them got the candidate from the real documents. */
  readonly keys: number
  readonly candidate: number
  /** Keys that a real client resolved as well; every one must agree with the document. */
  readonly clients: number
  readonly disagreements: readonly string[]
}

/** What real npm puts into a lockfile for `"<name>": "*"` under this key. */
export async function npmResolves(base: string, view: string, name: string, spec: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-npm-'))
  try {
    await writeFile(join(folder, 'package.json'), JSON.stringify({ dependencies: { [name]: spec } }))
    await mustRun(
      'npm',
      ['install', '--package-lock-only', '--no-audit', '--no-fund', `--registry=${base}${view}/npm/`],
      {
        cwd: folder,
        env: { HOME: folder, npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' },
      },
    )
    const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>
    }
    return lock.packages[`node_modules/${name}`]?.version ?? 'none'
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What real pip downloads for a requirement under this key. */
export async function pipResolves(base: string, view: string, requirement: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-pip-'))
  const index = `${base}${view}/pypi/simple/`
  const host = new URL(base).hostname
  try {
    const args = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--no-cache-dir',
      '--disable-pip-version-check',
    ]
    await mustRun(
      'python3',
      [...args, '--index-url', index, '--trusted-host', host, '--dest', folder, requirement],
      { cwd: folder, env: { HOME: folder } },
    )
    const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'))
    return wheel?.split('-')[1] ?? 'none'
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Resolves the package for many cohort keys, some of them by the real client too. */
export async function shareOf(
  base: string,
  ecosystem: string,
  name: string,
  candidate: string,
  count: { readonly keys: number; readonly clients: number },
): Promise<Share> {
  const latest = ecosystem === 'npm' ? npmLatest : pypiLatest
  const byClient = (view: string) =>
    ecosystem === 'npm' ? npmResolves(base, view, name, '*') : pipResolves(base, view, name)
  const keys = Array.from({ length: count.keys }, (_, index) => `visitor-${index}`)
  const answers = await inParallel(keys, 16, (key) => latest(base, `/as/${key}`, name))
  const got = keys.filter((_, index) => answers[index] === candidate)
  const missed = keys.filter((_, index) => answers[index] !== candidate)
  // Half of the real clients from either side, so that both answers are put to the test at every stage.
  const asked = [...got.slice(0, Math.ceil(count.clients / 2)), ...missed].slice(0, count.clients)
  const filled = [...asked, ...got.slice(Math.ceil(count.clients / 2))].slice(0, count.clients)
  const checks = await inParallel(filled, 2, async (key) => {
    const version = await byClient(`/as/${key}`)
    const expected = answers[keys.indexOf(key)]
    return version === expected ? '' : `${key}: document ${expected}, client ${version}`
  })
  return {
    keys: keys.length,
    candidate: got.length,
    clients: filled.length,
    disagreements: checks.filter((text) => text !== ''),
  }
}
