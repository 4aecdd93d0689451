/** Real packages, published as npm and twine do it, without the second that those take to start. */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { npmTarball, wheel } from '../action/package-files.ts'
import type { LiveServer } from './live-server.ts'

export type Ecosystem = 'npm' | 'pypi'

/** One version to publish; `needs` names exact pins of other packages. */
export interface Published {
  readonly name: string
  readonly version: string
  readonly needs?: Readonly<Record<string, string>>
}

/** Publishes a package's first version and begins it: the files of a first release on PyPI would be waited for. */
export async function publishFirst(
  servers: LiveServer | readonly LiveServer[],
  ecosystem: Ecosystem,
  release: Published,
): Promise<void> {
  await publish(servers, ecosystem, release)
  if (ecosystem === 'npm') return
  const releases = [`pypi:${release.name}@${release.version}`]
  for (const server of [servers].flat()) await server.ask('POST', '/api/v1/rollouts', { releases })
}

/** Publishes one version with its real tarball or wheel: the same bytes to every server. */
export async function publish(
  servers: LiveServer | readonly LiveServer[],
  ecosystem: Ecosystem,
  release: Published,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-clients-package-'))
  try {
    const path = await (ecosystem === 'npm' ? tarballOf(folder, release) : wheelOf(folder, release))
    const bytes = await readFile(path)
    for (const server of [servers].flat()) {
      if (ecosystem === 'npm') await putNpm(server, release, bytes)
      else await postWheel(server, release, basename(path), bytes)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function tarballOf(folder: string, { name, version, needs = {} }: Published): Promise<string> {
  return npmTarball(folder, name, version, undefined, { dependencies: needs })
}

async function putNpm(server: LiveServer, release: Published, bytes: Buffer): Promise<void> {
  const { name, version, needs = {} } = release
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  const shasum = createHash('sha1').update(bytes).digest('hex')
  const manifest = { name, version, main: 'index.js', dependencies: needs, dist: { integrity, shasum } }
  await server.ask('PUT', `/npm/${name}`, {
    _id: name,
    name,
    'dist-tags': { latest: version },
    versions: { [version]: manifest },
    _attachments: { [`${name}-${version}.tgz`]: { data: bytes.toString('base64'), length: bytes.length } },
  })
}

async function postWheel(server: LiveServer, release: Published, file: string, bytes: Buffer): Promise<void> {
  const form = new FormData()
  const fields = {
    ':action': 'file_upload',
    protocol_version: '1',
    filetype: 'bdist_wheel',
    pyversion: 'py3',
    metadata_version: '2.1',
    name: release.name,
    version: release.version,
    sha256_digest: createHash('sha256').update(bytes).digest('hex'),
  }
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  for (const line of requirements(release)) form.append('requires_dist', line)
  form.append('content', new Blob([Uint8Array.from(bytes)]), file)
  await server.ask('POST', '/pypi/legacy/', form)
}

/** Writes the wheel of a release; gives its path. */
export function wheelOf(folder: string, release: Published): Promise<string> {
  const headers = requirements(release).map((line) => `Requires-Dist: ${line}`)
  return wheel(folder, release.name, release.version, undefined, headers)
}

function requirements({ needs = {} }: Published): string[] {
  return Object.entries(needs).map(([name, version]) => `${name}==${version}`)
}
