import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npmLatest, pypiLatest } from './index-client.ts'
import { inParallel, mustRun } from './processes.ts'

export interface Share {
  /** Keys asked, and how many of them got the candidate from the real documents. */
  readonly keys: number
  readonly candidate: number
  /** What each key got. */
  readonly answers: Readonly<Record<string, string>>
}

export interface ClientCheck {
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

const latestOf = (base: string, ecosystem: string, name: string, view: string): Promise<string> =>
  ecosystem === 'npm' ? npmLatest(base, view, name) : pypiLatest(base, view, name)

/** Resolves the package for many cohort keys from the documents that clients read. */
export async function shareOf(
  base: string,
  ecosystem: string,
  name: string,
  candidate: string,
  keys: number,
): Promise<Share> {
  const names = Array.from({ length: keys }, (_, index) => `visitor-${index}`)
  const answers = await inParallel(names, 16, (key) => latestOf(base, ecosystem, name, `/as/${key}`))
  return {
    keys,
    candidate: answers.filter((answer) => answer === candidate).length,
    answers: Object.fromEntries(names.map((key, index) => [key, answers[index] ?? 'none'])),
  }
}

/**
 * Lets the real client resolve some of the keys, half of them from either side as far as there are. Should the
 * rollout move on meanwhile, the answer may be that of the document before or after the client ran.
 */
export async function checkByClient(
  base: string,
  ecosystem: string,
  name: string,
  candidate: string,
  share: Share,
  clients: number,
): Promise<ClientCheck> {
  const keys = Object.keys(share.answers)
  const got = keys.filter((key) => share.answers[key] === candidate)
  const missed = keys.filter((key) => share.answers[key] !== candidate)
  const half = Math.ceil(clients / 2)
  const asked = [...got.slice(0, half), ...missed, ...got.slice(half)].slice(0, clients)
  const complaints = await inParallel(asked, 2, async (key) => {
    const view = `/as/${key}`
    const before = await latestOf(base, ecosystem, name, view)
    const version =
      ecosystem === 'npm' ? await npmResolves(base, view, name, '*') : await pipResolves(base, view, name)
    const after = await latestOf(base, ecosystem, name, view)
    return version === before || version === after ? '' : `${key}: document ${after}, client ${version}`
  })
  return { clients: asked.length, disagreements: complaints.filter((text) => text !== '') }
}
