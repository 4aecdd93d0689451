/** A loopback index with the two arm views, an OIDC issuer and a place for reports. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Asked, type Loopback, loopback, type Reply } from '../loopback.ts'
import { emptyFolder, npmTarball, wheel } from '../package-files.ts'

interface Stored {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly file: string
  readonly bytes: Buffer
  readonly manifest: Readonly<Record<string, unknown>>
}

export interface ArmIndex {
  readonly url: string
  readonly asked: Loopback['asked']
  /** Bodies of delivered reports. */
  readonly reports: readonly Record<string, unknown>[]
  npm(
    name: string,
    version: string,
    index: string,
    manifest?: Readonly<Record<string, unknown>>,
  ): Promise<void>
  wheel(name: string, version: string, module: string, headers?: readonly string[]): Promise<void>
  /** What the environment of a job with `id-token: write` holds. */
  readonly oidc: NodeJS.ProcessEnv
  /** The workflow's input `slipway` for these candidates. */
  request(releases: readonly string[], changes?: Readonly<Record<string, unknown>>): string
  close(): Promise<void>
}

const ROLLOUT = 'ro-abcdefghijklmnop'
const NONCE = 'nonce-7Yq'

/** @param onReport answers a report instead of taking it */
export async function armIndex(
  onReport: (asked: Asked) => Reply | undefined = () => undefined,
): Promise<ArmIndex> {
  const stored: Stored[] = []
  const reports: Record<string, unknown>[] = []
  let candidates: readonly string[] = []
  let tokens = 0
  const server = await loopback((asked, url) => {
    const path = decodeURIComponent(asked.path.split('?')[0] ?? '')
    if (path === '/oidc') return { body: { value: `oidc-${++tokens}` } }
    if (path === `/api/v1/rollouts/${ROLLOUT}/results`) {
      const reply = onReport(asked)
      if (reply === undefined) reports.push(JSON.parse(String(asked.body)))
      return reply ?? { body: { ok: true } }
    }
    const view =
      /^(?:\/arm\/[^/]+\/(candidate|baseline)\/[^/]+)?\/(npm|pypi\/simple|pypi\/files)\/(.+?)\/?$/.exec(path)
    if (view === null) return undefined
    const [, arm = 'candidate', kind, rest = ''] = view
    const hidden = arm === 'baseline' ? candidates : []
    if (kind === 'npm' && !rest.includes('/-/')) return packument(stored, rest, hidden, url)
    if (kind === 'pypi/simple') return projectPage(stored, rest, hidden, url)
    const file = stored.find((one) => one.file === basename(rest))
    return file === undefined ? undefined : { body: file.bytes }
  })
  return {
    url: server.url,
    asked: server.asked,
    reports,
    oidc: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/oidc?x=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    },
    async npm(name, version, index, manifest = {}) {
      const path = await npmTarball(await emptyFolder(), name, version, { 'index.js': index }, manifest)
      stored.push(await store(`npm:${name}@${version}`, path, { name, version, ...manifest }))
    },
    async wheel(name, version, module, headers = []) {
      const path = await wheel(await emptyFolder(), name, version, module, headers)
      stored.push(await store(`pypi:${name}@${version}`, path, { name, version }))
    },
    request(releases, changes = {}) {
      candidates = releases
      const arm = (name: string): string => `${server.url}/arm/${ROLLOUT}/${name}/${NONCE}/`
      return JSON.stringify({
        rollout: ROLLOUT,
        releases,
        ecosystems: [...new Set(releases.map((id) => id.split(':')[0]))],
        arm: 'both',
        try: 1,
        nonce: NONCE,
        index: { candidate: arm('candidate'), baseline: arm('baseline') },
        report: `${server.url}/api/v1/rollouts/${ROLLOUT}/results`,
        ...changes,
      })
    },
    close: server.close,
  }
}

async function store(id: string, path: string, manifest: Record<string, unknown>): Promise<Stored> {
  const at = id.lastIndexOf('@')
  return {
    id,
    name: id.slice(id.indexOf(':') + 1, at),
    version: id.slice(at + 1),
    file: basename(path),
    bytes: await readFile(path),
    manifest,
  }
}

function packument(stored: readonly Stored[], name: string, hidden: readonly string[], url: string): Reply {
  const own = stored.filter((one) => one.id === `npm:${one.name}@${one.version}` && one.name === name)
  if (own.length === 0) return { status: 404, body: { error: 'not found' } }
  const shown = own.filter((one) => !hidden.includes(one.id))
  const versions = own.map((one) => [
    one.version,
    {
      ...one.manifest,
      ...(hidden.includes(one.id) ? { deprecated: 'Staged rollout by Slipway, not a defect' } : {}),
      ...(one.manifest.scripts ? { hasInstallScript: true } : {}),
      dist: {
        tarball: `${url}/npm/${name}/-/${one.file}`,
        shasum: createHash('sha1').update(one.bytes).digest('hex'),
        integrity: `sha512-${createHash('sha512').update(one.bytes).digest('base64')}`,
      },
    },
  ])
  const newest = own.at(-1)?.version
  const time = own.map(({ version }) => [
    version,
    version === newest ? new Date().toISOString() : '2020-01-01T00:00:00.000Z',
  ])
  return {
    body: {
      name,
      'dist-tags': { latest: shown.at(-1)?.version },
      versions: Object.fromEntries(versions),
      time: Object.fromEntries(time),
    },
  }
}

function projectPage(stored: readonly Stored[], name: string, hidden: readonly string[], url: string): Reply {
  const own = stored.filter((one) => one.id === `pypi:${name}@${one.version}`)
  if (own.length === 0) return { status: 404 }
  const links = own.map((one) => {
    const yanked = hidden.includes(one.id) ? ' data-yanked="Staged rollout by Slipway"' : ''
    const sha256 = createHash('sha256').update(one.bytes).digest('hex')
    return `<a href="${url}/pypi/files/${one.file}#sha256=${sha256}"${yanked}>${one.file}</a>`
  })
  return { headers: { 'content-type': 'text/html' }, body: `<!doctype html><body>${links.join('\n')}</body>` }
}
