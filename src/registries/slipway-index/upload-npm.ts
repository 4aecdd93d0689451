import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { ServerAccess } from './api-client.ts'
import type { ApiAnswer } from './api-request.ts'
import type { NpmFile } from './package-file.ts'
import { runProgram } from './run-program.ts'

const UPLOAD_TIMEOUT_MS = 600_000

/**
 * Uploads one tarball with the machine's own `npm publish`, so that the document is the one npm makes.
 *
 * @param env the environment npm runs in (needs PATH); npm's own settings in it are not used.
 * @param provenance has npm sign where the tarball was built (Sigstore); needs a job with an identity
 */
export async function uploadNpm(
  access: ServerAccess,
  file: NpmFile,
  env: NodeJS.ProcessEnv,
  provenance: boolean,
): Promise<ApiAnswer<unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-publish-'))
  try {
    const end = await runProgram({
      program: process.platform === 'win32' ? 'npm.cmd' : 'npm',
      args: [...publishArguments(access, file), ...(provenance ? ['--provenance'] : [])],
      cwd: dirname(file.path),
      env: await publishEnvironment(access, env, folder),
      timeoutMs: UPLOAD_TIMEOUT_MS,
    })
    if (end.code === 0) return { ok: true, value: null }
    const status = /npm error code E401\b/.test(end.tail) ? 401 : null
    return { ok: false, failure: { kind: failureKind(end.tail), status, message: sayNpm(end.tail) } }
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
