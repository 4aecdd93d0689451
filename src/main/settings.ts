import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { ServeFlags } from '../cli/cli-context.ts'
import { parseDuration } from '../config/reading/duration.ts'
import { defaultServerSettings, parseServerFile, type ServerSettings } from '../config/server/server-file.ts'
import type { S3Settings } from '../stores/objects/s3-blob-store.ts'
import { type Problem, showValue } from '../versions/problem.ts'
import { readUpstreamCredentials, type UpstreamAuthorization } from './upstream-credentials.ts'

/** The GitHub App that the bot speaks for. */
export interface AppSettings {
  readonly appId: string
  /** PEM. */
  readonly privateKey: string
  readonly webhookSecret: string
  readonly apiUrl: string
  /** False switches Octokit's own pacing off, for a stand-in. */
  readonly throttle: boolean
  /** The smaller App for dependents (`app.dependents.yml`); null where there is none. */
  readonly dependents: AppIdentity | null
}

/** Who an App is, and what its deliveries are signed with. */
export interface AppIdentity {
  readonly appId: string
  /** PEM. */
  readonly privateKey: string
  readonly webhookSecret: string
}

/** Everything `slipway serve` needs to know: flags come first, then the environment, then the file. */
export interface ServeSettings {
  readonly host: string
  readonly port: number
  readonly data: string
  /** Null: made from host and port once it listens. */
  readonly publicUrl: string | null
  readonly file: ServerSettings
  /** Null: one is made and kept under the data folder. */
  readonly secret: string | null
  readonly adminTokenSha256: string | null
  readonly tickMs: number
  /** `postgres://…`; null: SQLite under the data folder. */
  readonly databaseUrl: string | null
  /** Past any pooler, for notices; null: the same. */
  readonly databaseDirectUrl: string | null
  /** Null: files lie under the data folder. */
  readonly s3: S3Settings | null
  /** PEM of the key that signs checkpoints, where it lives outside; null: one kept with the storage. */
  readonly checkpointKey: string | null
  readonly app: AppSettings | null
  /** Where GitHub's API is, also while no App is configured. */
  readonly githubApiUrl: string
  /** The `Authorization` header for each upstream that wants one. */
  readonly upstreamAuthorization: UpstreamAuthorization
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: ServeSettings }
  | { readonly ok: false; readonly problems: readonly Problem[] }

type Environment = Readonly<Record<string, string | undefined>>

const defaultTickMs = 1000

/** Reads the settings of `slipway serve`. `fileText` is the server file, null when there is none. */
export function readServeSettings(
  flags: ServeFlags,
  environment: Environment,
  fileText: string | null,
): SettingsResult {
  const file = fileText === null ? null : parseServerFile(fileText)
  const fromEnvironment = parseServerFile(JSON.stringify(environmentAsFile(environment)))
  const tick = readTick(environment.SLIPWAY_TICK)
  const s3 = readS3(environment)
  const app = readApp(environment, file?.ok ? file.settings.githubUrl : null)
  const upstreams = readUpstreamCredentials(file?.ok ? file.settings.overlay : null, environment)
  const problems = [
    ...(file?.ok === false ? file.problems : []),
    ...(fromEnvironment.ok ? [] : fromEnvironment.problems.map(named)),
    ...[tick, app, s3].flatMap((part) => ('problem' in part ? [part.problem] : [])),
    ...upstreams.problems,
  ]
  if (
    problems.length > 0 ||
    file?.ok === false ||
    !fromEnvironment.ok ||
    'problem' in tick ||
    'problem' in s3 ||
    'problem' in app
  ) {
    return { ok: false, problems }
  }
  const given = Object.fromEntries(
    Object.entries(fromEnvironment.settings).filter(([field]) => fieldsGiven(environment).has(field)),
  )
  const merged: ServerSettings = { ...(file?.settings ?? defaultServerSettings()), ...given }
  const admin = environment.SLIPWAY_ADMIN_TOKEN
  return {
    ok: true,
    settings: {
      host: flags.host ?? merged.host ?? '127.0.0.1',
      port: flags.port ?? merged.port ?? 8080,
      data: flags.data ?? merged.data ?? 'slipway-data',
      publicUrl: merged.publicUrl,
      file: merged,
      secret: environment.SLIPWAY_SECRET || null,
      adminTokenSha256: admin ? createHash('sha256').update(admin).digest('hex') : null,
      tickMs: tick.value,
      databaseUrl: environment.DATABASE_URL || null,
      databaseDirectUrl: environment.DATABASE_DIRECT_URL || null,
      s3: s3.value,
      checkpointKey: environment.SLIPWAY_CHECKPOINT_KEY || null,
      app: app.value,
      githubApiUrl: environment.GITHUB_API_URL || merged.githubUrl || 'https://api.github.com',
      upstreamAuthorization: upstreams.authorization,
    },
  }
}

/** Environment name, field of the server file, and how its text becomes a value. */
const variables = [
  ['SLIPWAY_HOST', 'host', textOf],
  ['SLIPWAY_PORT', 'port', numberOf],
  ['SLIPWAY_DATA', 'data', textOf],
  ['SLIPWAY_AUDIT_LOG', 'auditLog', textOf],
  ['SLIPWAY_PUBLIC_URL', 'publicUrl', textOf],
  ['SLIPWAY_OIDC_ISSUER', 'oidcIssuer', textOf],
  ['SLIPWAY_OIDC_AUDIENCE', 'oidcAudience', textOf],
  ['SLIPWAY_ANONYMOUS', 'anonymous', textOf],
  ['SLIPWAY_ANONYMOUS_CI', 'anonymousCi', textOf],
  ['SLIPWAY_TRUSTED_PROXIES', 'trustedProxies', listOf],
  ['SLIPWAY_PRIVATE', 'private', truthOf],
  ['SLIPWAY_EDGE', 'edge', truthOf],
  ['SLIPWAY_UPLOAD_SETTLE', 'uploadSettle', textOf],
] as const

function environmentAsFile(environment: Environment): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    variables.flatMap(([variable, field, read]) => {
      const text = environment[variable]
      // Kubernetes sets this one beside a service that is called `slipway`, to the address of that service.
      if (variable === 'SLIPWAY_PORT' && /^(?:tcp|udp):\/\//.test(text ?? '')) return []
      return text ? [[field, read(text)] as const] : []
    }),
  )
}

/** Fields of the settings that the environment sets. */
function fieldsGiven(environment: Environment): ReadonlySet<string> {
  const fields = Object.keys(environmentAsFile(environment))
  return new Set(fields.map((field) => (field === 'uploadSettle' ? 'uploadSettleMs' : field)))
}

function named(problem: Problem): Problem {
  const [field] = problem.field.split(/[.[]/, 1)
  const variable = variables.find(([, name]) => name === field)?.[0]
  const { value, expected } = problem
  return { field: variable ?? problem.field, value, expected }
}

type Part<T> = { readonly value: T } | { readonly problem: Problem }

function readTick(text: string | undefined): Part<number> {
  if (!text) return { value: defaultTickMs }
  const milliseconds = /^(\d{1,9})ms$/.exec(text.trim())?.[1]
  const duration = milliseconds ? { ok: true as const, value: Number(milliseconds) } : parseDuration(text)
  if (duration.ok && duration.value >= 20 && duration.value <= 3_600_000) return { value: duration.value }
  const expected = 'a duration from 20ms to 1h, such as 250ms or 1s'
  return { problem: { field: 'SLIPWAY_TICK', value: showValue(text), expected } }
}

/** The object store; half of its settings is a mistake, not a server without one. */
function readS3(environment: Environment): Part<S3Settings | null> {
  const of = (name: string) => environment[`SLIPWAY_S3_${name}`] ?? ''
  const endpoint = of('ENDPOINT')
  if (endpoint === '') return { value: null }
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    const expected = 'an http or https address such as https://s3.example.com'
    return { problem: { field: 'SLIPWAY_S3_ENDPOINT', value: showValue(endpoint), expected } }
  }
  for (const name of ['BUCKET', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY']) {
    if (of(name) === '') return missing(`SLIPWAY_S3_${name}`, 'a value, because SLIPWAY_S3_ENDPOINT is set')
  }
  return {
    value: {
      endpoint,
      bucket: of('BUCKET'),
      region: of('REGION') || 'us-east-1',
      accessKeyId: of('ACCESS_KEY_ID'),
      secretAccessKey: of('SECRET_ACCESS_KEY'),
      prefix: of('PREFIX'),
    },
  }
}

/** The Apps, when they are configured. Half a configuration is a mistake, not a server without bot. */
function readApp(environment: Environment, githubUrl: string | null): Part<AppSettings | null> {
  const owners = readIdentity(environment, '')
  if ('problem' in owners) return owners
  const dependents = readIdentity(environment, 'DEPENDENTS_')
  if ('problem' in dependents) return dependents
  if (owners.value === null) {
    if (dependents.value === null) return { value: null }
    return missing('APP_ID', 'the id of the first GitHub App, because DEPENDENTS_APP_ID is set')
  }
  const apiUrl = environment.GITHUB_API_URL || githubUrl || 'https://api.github.com'
  if (!URL.canParse(apiUrl)) {
    return {
      problem: { field: 'GITHUB_API_URL', value: showValue(apiUrl), expected: 'an http or https address' },
    }
  }
  const throttle = !/^0(?:ms|s)?$/.test(environment.SLIPWAY_WRITE_SPACING ?? '')
  return { value: { ...owners.value, apiUrl, throttle, dependents: dependents.value } }
}

/** One App by its three settings; the names of the second App's begin with `DEPENDENTS_`. */
function readIdentity(environment: Environment, prefix: '' | 'DEPENDENTS_'): Part<AppIdentity | null> {
  const [idName, keyName, secretName] = [`${prefix}APP_ID`, `${prefix}PRIVATE_KEY`, `${prefix}WEBHOOK_SECRET`]
  const [appId, key, webhookSecret] = [environment[idName], environment[keyName], environment[secretName]]
  if (!appId && !key) return { value: null }
  if (!appId) return missing(idName, `the id of the GitHub App, because ${keyName} is set`)
  if (!key) return missing(keyName, `the private key of the GitHub App, because ${idName} is set`)
  const privateKey = pemOf(key)
  if (privateKey === null) {
    const expected =
      'a PEM private key: as it is, as one line with \\n between its lines, as base64, or the path of its file'
    return { problem: { field: keyName, value: 'something else', expected } }
  }
  if (!webhookSecret?.trim() || webhookSecret.trim() === 'development') {
    return missing(
      secretName,
      'the webhook secret of the GitHub App; without it anybody could send webhooks, so the bot does not start',
    )
  }
  return { value: { appId, privateKey, webhookSecret } }
}

function pemOf(given: string): string | null {
  const text = given.includes('-----BEGIN') || !existsSync(given) ? given : readFileSync(given, 'utf8')
  const plain = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8')
  return plain.includes('-----BEGIN') ? plain.replaceAll('\\n', '\n') : null
}

function missing(field: string, expected: string): { readonly problem: Problem } {
  return { problem: { field, value: 'nothing', expected } }
}

function textOf(text: string): string {
  return text
}

function numberOf(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text
}

function listOf(text: string): string[] {
  return text.split(',').map((word) => word.trim())
}

function truthOf(text: string): unknown {
  return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text
}
