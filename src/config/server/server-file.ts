import type { z } from 'zod'
import type { Policy } from '../../gates/policy.ts'
import { checkPolicyEntry } from '../policy/check-policy.ts'
import { policyRequestSchema } from '../policy/file-schema.ts'
import { policyOf } from '../policy/resolve-policy.ts'
import type { ConfigProblem } from '../reading/explain-problems.ts'
import type { Fault } from '../reading/fault.ts'
import { isMapping, valueFault } from '../reading/fault.ts'
import { readYaml } from '../reading/read-yaml.ts'
import { duration, list, mapping, oneOf, text, wholeNumber, yesOrNo } from '../reading/setting.ts'
import { type Limits, limitsOf, limitsShape } from './limits.ts'
import { issuerFaults, type OidcIssuerRule, oidcIssuersOf, oidcIssuersShape } from './oidc-issuers.ts'
import { type OverlaySettings, overlayFaults, overlaySettingsOf, overlayShape } from './overlay-settings.ts'
import { namePattern, network, webAddress } from './server-setting.ts'

const hostPattern = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})(:\d{1,5})?$/

/** The whole of `slipway.server.yml`. */
const serverFileSchema = mapping({
  host: text('a host name or address to listen on', /^[A-Za-z0-9.:[\]-]{1,255}$/).optional(),
  port: wholeNumber(0, 65_535).optional(),
  data: text('a folder', /^[^\n\0]{1,1000}$/).optional(),
  auditLog: text('a file, or - for standard output', /^[^\n\0]{1,1000}$/).optional(),
  publicUrl: webAddress().optional(),
  githubUrl: webAddress().optional(),
  oidcIssuer: webAddress().optional(),
  oidcAudience: text('one word of 1 to 200 characters', /^\S{1,200}$/).optional(),
  oidcIssuers: oidcIssuersShape,
  sigstoreRoot: text('the path of a trusted_root.json', /^[^\n\0]{1,1000}$/).optional(),
  signoffs: wholeNumber(1, 2).optional(),
  policy: policyRequestSchema.optional(),
  hosted: list(text('a name or pattern such as @acme/* or pypi:acme-*', namePattern), 'names').optional(),
  anonymous: oneOf(['stable', 'address']).optional(),
  anonymousCi: oneOf(['stable', 'address']).optional(),
  trustedProxies: list(network(), 'addresses and networks').optional(),
  private: yesOrNo().optional(),
  edge: yesOrNo().optional(),
  uploadSettle: duration().optional(),
  limits: limitsShape.optional(),
  ...overlayShape,
  httpGateHosts: list(
    text('a host name such as gate.example.com, with :port where it is not 443', hostPattern),
    'hosts',
  ).optional(),
})

/**
 * Settings of the server file. Everything is optional, flags and environment come first:
 * `host`, `port`, `data` where to listen and keep things; `auditLog` the file that who did what is also
 * written to as JSON lines (`-`: standard output); `publicUrl` the address in links and documents;
 * `githubUrl` another GitHub; `oidcIssuer` and `oidcAudience` for tokens of workflows, `oidcIssuers` for those of
 * other CIs; `sigstoreRoot` whose attestations are believed; `signoffs` how many people must stand behind what takes
 * two (1: a server with one operator); `policy` for
 * packages whose owner says nothing (no train); `hosted` names never taken from upstream; `anonymous` the
 * view of clients without a key, `anonymousCi` of those in CI jobs; `trustedProxies` whose forwarded addresses count; `private` makes reading
 * need a token; `edge` lets a cache in front keep fixed views; `uploadSettleMs` after the last file until a rollout begins; `overlay` is about packages of
 * other indexes; `httpGateHosts` the hosts that `http` gates may ask.
 */
export interface ServerSettings {
  readonly host: string | null
  readonly port: number | null
  readonly data: string | null
  readonly auditLog: string | null
  readonly publicUrl: string | null
  readonly githubUrl: string | null
  readonly oidcIssuer: string | null
  readonly oidcAudience: string | null
  readonly oidcIssuers: readonly OidcIssuerRule[]
  /** Path of the trusted root of a sigstore instance; null: that of the public one, as it was built in. */
  readonly sigstoreRoot: string | null
  readonly signoffs: 1 | 2
  readonly policy: Policy | null
  readonly hosted: readonly string[]
  readonly anonymous: 'stable' | 'address' | null
  readonly anonymousCi: 'stable' | 'address' | null
  readonly trustedProxies: readonly string[]
  readonly private: boolean
  readonly edge: boolean
  readonly uploadSettleMs: number
  readonly overlay: OverlaySettings
  readonly limits: Limits
  /** Hosts that `http` gates may ask, in lower case; none where the file says nothing. */
  readonly httpGateHosts: readonly string[]
}

export type ServerFileResult =
  | { readonly ok: true; readonly settings: ServerSettings; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Name of the file beside the data. */
export const serverFileName = 'slipway.server.yml'

/** Reads `slipway.server.yml`. All problems at once. */
export function parseServerFile(text: string): ServerFileResult {
  const expected = 'a mapping with server settings such as publicUrl'
  const result = readYaml(text, { schema: serverFileSchema, expected, faults, warnings: () => [] })
  if (!result.ok) return result
  return { ok: true, settings: settingsOf(result.value), warnings: result.warnings }
}

/** What holds without a server file. */
export function defaultServerSettings(): ServerSettings {
  return settingsOf({})
}

function faults(document: unknown): Fault[] {
  if (!isMapping(document)) return []
  const train = isMapping(document.policy) ? document.policy.train : undefined
  return [
    ...overlayFaults(document),
    ...issuerFaults(document.oidcIssuers),
    ...checkPolicyEntry(document.policy, ['policy']),
    ...(document.edge === true && document.private === true
      ? [
          valueFault(
            ['edge'],
            true,
            'no edge before a private server, because its cache checks nobody’s token',
          ),
        ]
      : []),
    ...(train === undefined
      ? []
      : [valueFault(['policy', 'train'], train, 'no train, packages of different owners cannot share one')]),
  ]
}

function settingsOf(file: z.output<typeof serverFileSchema>): ServerSettings {
  return {
    host: file.host ?? null,
    port: file.port ?? null,
    data: file.data ?? null,
    auditLog: file.auditLog ?? null,
    publicUrl: file.publicUrl ?? null,
    githubUrl: file.githubUrl ?? null,
    oidcIssuer: file.oidcIssuer ?? null,
    oidcAudience: file.oidcAudience ?? null,
    oidcIssuers: oidcIssuersOf(file.oidcIssuers),
    sigstoreRoot: file.sigstoreRoot ?? null,
    signoffs: file.signoffs === 1 ? 1 : 2,
    policy: file.policy === undefined ? null : policyOf(file.policy),
    hosted: file.hosted ?? [],
    anonymous: file.anonymous ?? null,
    anonymousCi: file.anonymousCi ?? null,
    trustedProxies: file.trustedProxies ?? [],
    private: file.private ?? false,
    edge: file.edge ?? false,
    uploadSettleMs: file.uploadSettle ?? 15 * 60_000,
    overlay: overlaySettingsOf(file, file.policy),
    limits: limitsOf(file.limits),
    httpGateHosts: (file.httpGateHosts ?? []).map((host) => host.toLowerCase()),
  }
}
