import { z } from 'zod'
import { list, mapping, oneOf, text } from '../reading/setting.ts'
import { webAddress } from './server-setting.ts'

/** Another CI whose jobs may say how they fared: GitLab's, Buildkite's, or any that speaks OpenID Connect. */
export interface OidcIssuerRule {
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
    issuer: webAddress(),
    audience: text('one word of 1 to 200 characters', /^\S{1,200}$/).optional(),
    key: list(claim(), 'names of claims').min(1, { error: 'at least one claim such as project_id' }),
    scopes: list(oneOf(['report']), 'scopes').optional(),
    only: z.record(claim(), text('a text', /^[^\n]{1,300}$/)).optional(),
  }),
  'issuers',
).optional()

export function oidcIssuersOf(file: z.output<typeof oidcIssuersShape>): readonly OidcIssuerRule[] {
  return (file ?? []).map(({ issuer, audience, key, scopes, only }) => ({
    issuer,
    audience: audience ?? null,
    key,
    scopes: scopes ?? ['report'],
    only: only ?? {},
  }))
}
