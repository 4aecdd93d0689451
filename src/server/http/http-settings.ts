import { type Limits, limitsOf } from '../../config/server/limits.ts'
import type { OidcIssuerRule } from '../../config/server/oidc-issuers.ts'
import type { ExceptionRule, MirrorRule } from '../../config/server/overlay-settings.ts'

/** What an operator decides about the HTTP side. */
export interface HttpSettings {
  /** What clients are told to use, without a slash at the end: `http://127.0.0.1:8080`. */
  readonly publicUrl: string
  /** What somebody without a key sees: full releases only, or the share that the address falls into. */
  readonly anonymous: 'stable' | 'address'
  /** The same for clients that say they run in a CI job: each of its jobs may have an address of its own. */
  readonly anonymousCi: 'stable' | 'address'
  /** The same for packages of other indexes. */
  readonly anonymousOverlaid: 'stable' | 'address'
  /** Clients that copy the index for others, each with the channel it gets. */
  readonly mirrors: readonly MirrorRule[]
  /** Versions of other indexes that are shown to everybody for a time. */
  readonly exceptions: readonly ExceptionRule[]
  /** Addresses and networks (`10.0.0.0/8`) whose forwarded addresses are believed, beside this machine itself. */
  readonly trustedProxies: readonly string[]
  /** Hex SHA-256 of the operator token from the environment, or null. */
  readonly adminTokenSha256: string | null
  /** The issuer of the tokens that canary runs report with. */
  readonly oidcIssuer: string
  /** The audience those tokens are made for: this server's own address unless an operator says another. */
  readonly oidcAudience: string
  /** Other CIs whose jobs may say how they fared. */
  readonly oidcIssuers: readonly OidcIssuerRule[]
  /** How many people must stand behind what takes two; pages say so where it is one. */
  readonly signoffs: 1 | 2
  /** Reading needs a token too. */
  readonly private: boolean
  /** What one client may cost. */
  readonly limits: Limits
  /** An edge in front may cache fixed views, and finds its rules here. */
  readonly edge: boolean
  /** Memory for rendered index documents. */
  readonly documentCacheBytes: number
}

/** GitHub's own issuer of workflow tokens. */
export const githubOidcIssuer = 'https://token.actions.githubusercontent.com'

/** The settings that hold when an operator says nothing. */
export const defaultHttpSettings: Omit<HttpSettings, 'publicUrl' | 'oidcAudience'> = {
  anonymous: 'address',
  anonymousCi: 'stable',
  anonymousOverlaid: 'stable',
  mirrors: [],
  exceptions: [],
  trustedProxies: [],
  adminTokenSha256: null,
  oidcIssuer: githubOidcIssuer,
  oidcIssuers: [],
  signoffs: 2,
  private: false,
  edge: false,
  limits: limitsOf(),
  documentCacheBytes: 64 * 1024 * 1024,
}
