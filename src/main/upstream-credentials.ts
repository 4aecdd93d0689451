import type { OverlaySettings, UpstreamCredentials } from '../config/server/overlay-settings.ts'
import type { Problem } from '../versions/problem.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'

/** The whole `Authorization` header by ecosystem. */
export type UpstreamAuthorization = Readonly<Partial<Record<Ecosystem, string>>>

/** Looks up what the server file only names. A name without a value is a mistake, not an upstream without credentials. */
export function readUpstreamCredentials(
  overlay: OverlaySettings | null,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly authorization: UpstreamAuthorization; readonly problems: readonly Problem[] } {
  const authorization: Partial<Record<Ecosystem, string>> = {}
  const problems: Problem[] = []
  for (const ecosystem of ['npm', 'pypi'] as const) {
    const credentials = overlay?.upstreams[ecosystem]?.credentials ?? null
    if (credentials === null) continue
    const names =
      credentials.kind === 'token' ? [credentials.token] : [credentials.user, credentials.password]
    for (const name of names.filter((one) => !environment[one])) {
      const expected = `the value that upstreams.${ecosystem}.credentials names`
      problems.push({ field: name, value: 'nothing', expected })
    }
    authorization[ecosystem] = headerOf(credentials, (name) => environment[name] ?? '')
  }
  return { authorization, problems }
}

function headerOf(credentials: UpstreamCredentials, secretOf: (name: string) => string): string {
  if (credentials.kind === 'token') return `Bearer ${secretOf(credentials.token)}`
  const pair = `${secretOf(credentials.user)}:${secretOf(credentials.password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
