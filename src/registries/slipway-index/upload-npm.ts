import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { ServerAccess } from './api-client.ts'
import { type ApiAnswer, apiRequest } from './api-request.ts'
import type { NpmFile } from './package-file.ts'
import { runProgram } from './run-program.ts'

const UPLOAD_TIMEOUT_MS = 600_000
const LOOKUP_TIMEOUT_MS = 30_000
const LOOKUP_ATTEMPTS = 4
const LOOKUP_BACKOFF_MS = 250

const packumentSchema = z.looseObject({
  versions: z.record(z.string(), z.looseObject({ dist: z.looseObject({ shasum: z.string().optional() }) })),
})

/**
 * Uploads one tarball with the machine's own `npm publish`, so that the document is the one npm makes. A
 * version that is already there with the same bytes counts as uploaded.
 *
 * @param env the environment npm runs in (needs PATH); npm's own settings in it are not used.
 */
export async function uploadNpm(
  access: ServerAccess,
  file: NpmFile,
  env: NodeJS.ProcessEnv,
): Promise<ApiAnswer<unknown>> {
  const there = await isThere(access, file)
  if (!there.ok || there.value) return there
  const folder = await mkdtemp(join(tmpdir(), 'slipway-publish-'))
  try {
    const end = await runProgram({
      program: process.platform === 'win32' ? 'npm.cmd' : 'npm',
      args: publishArguments(access, file),
      cwd: dirname(file.path),
      env: await publishEnvironment(access, env, folder),
      timeoutMs: UPLOAD_TIMEOUT_MS,
    })
    if (end.code === 0) return { ok: true, value: null }
    return { ok: false, failure: { kind: failureKind(end.tail), status: null, message: sayNpm(end.tail) } }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The command-line flags win over `publishConfig`, which must not send the file somewhere else. */
function publishArguments(access: ServerAccess, file: NpmFile): readonly string[] {
  const { name, version } = file.release
  const registry = `${access.server.replace(/\/+$/, '')}/npm/`
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : null
  const tag = file.distTag ?? (schemeOf('npm').isPrerelease(version) ? 'next' : 'latest')
  return [
    'publish',
    file.path,
    `--registry=${registry}`,
    ...(scope === null ? [] : [`--${scope}:registry=${registry}`]),
    `--tag=${tag}`,
    '--ignore-scripts',
    '--no-update-notifier',
  ]
}

async function publishEnvironment(
  access: ServerAccess,
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<NodeJS.ProcessEnv> {
  const kept = Object.entries(env).filter(([name]) => !/^npm_/i.test(name))
  // npm asks for credentials at the registry's own path before it publishes, at the host's root for files.
  const { host, pathname } = new URL(access.server)
  const places = [`//${host}/`, `//${host}${pathname.replace(/\/+$/, '')}/npm/`]
  const lines = places.map((place) => `${place}:_authToken=\${SLIPWAY_PUBLISH_TOKEN}\n`)
  await writeFile(join(folder, 'npmrc'), lines.join(''))
  return {
    ...Object.fromEntries(kept),
    SLIPWAY_PUBLISH_TOKEN: access.token ?? '',
    npm_config_userconfig: join(folder, 'npmrc'),
    npm_config_cache: join(folder, 'cache'),
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '4000',
  }
}

/** Whether the version is there with the same bytes. An index that does not answer stops the upload here. */
async function isThere(access: ServerAccess, file: NpmFile): Promise<ApiAnswer<boolean>> {
  const root = access.server.replace(/\/+$/, '')
  const answer = await apiRequest(
    {
      method: 'GET',
      url: `${root}/npm/${file.release.name.replace('/', '%2f')}?write=true`,
      authorization: async () => (access.token === null ? null : `Bearer ${access.token}`),
      attempts: LOOKUP_ATTEMPTS,
      timeoutMs: LOOKUP_TIMEOUT_MS,
      backoffMs: LOOKUP_BACKOFF_MS,
    },
    packumentSchema,
  )
  if (!answer.ok) return answer.failure.kind === 'unreachable' ? answer : { ok: true, value: false }
  const shasum = createHash('sha1').update(file.bytes).digest('hex')
  return { ok: true, value: answer.value.versions[file.release.version]?.dist.shasum === shasum }
}

function failureKind(output: string): 'refused' | 'unreachable' {
  const gone =
    /npm error code (E5\d\d|E429|ECONN\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ERR_SOCKET_TIMEOUT|FETCH_ERROR)/
  return gone.test(output) ? 'unreachable' : 'refused'
}

/** npm's own sentence: its error lines without the code, the prefix and the place of the debug log. */
function sayNpm(output: string): string {
  const lines = output
    .split('\n')
    .filter((line) => /^npm error /.test(line) && !/ code | A complete log| Log files were not/.test(line))
    .map((line) => line.replace(/^npm error /, '').trim())
  return lines.length === 0
    ? (output.trim().split('\n').at(-1) ?? 'npm failed')
    : lines.slice(0, 3).join('; ')
}
