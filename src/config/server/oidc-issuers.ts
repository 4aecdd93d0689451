import { z } from 'zod'
import { type Fault, isMapping, valueFault } from '../reading/fault.ts'
import { list, mapping, oneOf, text } from '../reading/setting.ts'
import { webAddress } from './server-setting.ts'

/** Another CI whose jobs may say how they fared: GitLab's, Buildkite's, or any that speaks OpenID Connect. */
export interface OidcIssuerRule {
  /** What its projects are called by in policies: `gitlab` in `{ key: gitlab:1234 }`. */
  readonly name: string
  /** As `iss` has it. */
  readonly issuer: string
  /** Null: the server's own address. */
  readonly audience: string | null
  /** Claims that say which project a job is of: `project_id`, `pipeline_id`. Never `sub`. */
  readonly key: readonly string[]
  readonly scopes: readonly 'report'[]
  /** Claims that a token must have with just this text, such as `namespace_path: acme`. */
  readonly only: Readonly<Record<string, string>>
}

const claim = () =>
  text('the name of a claim such as project_id, never sub', /^(?!sub$)[A-Za-z_][A-Za-z0-9_.:/-]{0,99}$/)

/** `oidcIssuers` of the server file. */
export const oidcIssuersShape = list(
  mapping({
    name: text('a name of small letters, digits and dashes', /^(?!absent$)[a-z][a-z0-9-]{0,39}$/).optional(),
    issuer: webAddress(),
    audience: text('one word of 1 to 200 characters', /^\S{1,200}$/).optional(),
    key: list(claim(), 'names of claims').min(1, { error: 'at least one claim such as project_id' }),
    scopes: list(oneOf(['report']), 'scopes').optional(),
    only: z.record(claim(), text('a text', /^[^\n]{1,300}$/)).optional(),
  }),
  'issuers',
).optional()

/** `gitlab` of `https://gitlab.com`, `buildkite` of `https://agent.buildkite.com`: what stands before the top domain. */
function nameOf(issuer: string): string {
  const { hostname } = new URL(issuer)
  const labels = hostname.split('.')
  const word = /[a-z]/.test(labels.at(-1) ?? '') ? (labels.at(-2) ?? hostname) : `ci-${hostname}`
  return word.replace(/[^a-z0-9-]+/g, '-')
}

/** Two issuers of one name would let the projects of one pass for those of the other. */
export function issuerFaults(issuers: unknown): Fault[] {
  if (!Array.isArray(issuers)) return []
  const known = new Map<string, string>()
  return issuers.flatMap((rule, index) => {
    if (!isMapping(rule) || typeof rule.issuer !== 'string' || !URL.canParse(rule.issuer)) return []
    const name = typeof rule.name === 'string' ? rule.name : nameOf(rule.issuer)
    const other = known.get(name)
    known.set(name, rule.issuer)
    if (other === undefined) return []
    return [valueFault(['oidcIssuers', index, 'name'], name, `a name of its own, ${other} is called so`)]
  })
}

export function oidcIssuersOf(file: z.output<typeof oidcIssuersShape>): readonly OidcIssuerRule[] {
  return (file ?? []).map(({ name, issuer, audience, key, scopes, only }) => ({
    name: name ?? nameOf(issuer),
    issuer,
    audience: audience ?? null,
    key,
    scopes: scopes ?? ['report'],
    only: only ?? {},
  }))
}
