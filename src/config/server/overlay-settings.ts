import { z } from 'zod'
import type { Policy } from '../../gates/policy.ts'
import type { Ecosystem } from '../../versions/version-scheme.ts'
import { checkPolicyEntry } from '../policy/check-policy.ts'
import {
  type PolicyRequest,
  policyRequestSchema,
  type UrgentEntry,
  urgentEntry,
} from '../policy/file-schema.ts'
import { adoptedPace } from '../policy/profiles.ts'
import { policyOf } from '../policy/resolve-policy.ts'
import type { Fault } from '../reading/fault.ts'
import { isMapping, valueFault } from '../reading/fault.ts'
import { duration, list, mapping, oneOf, text } from '../reading/setting.ts'
import { day, namePattern, network, webAddress } from './server-setting.ts'

/** Where packages that are not hosted here come from. Credentials stand in the environment; here are names. */
export interface UpstreamSettings {
  /** Without a slash at the end; for PyPI the root of the simple API. */
  readonly url: string
  readonly credentials: UpstreamCredentials | null
  /** Path of a PEM file with certificates that count beside the system's. */
  readonly ca: string | null
  readonly proxy: string | null
  /** Other hosts that files and redirects may lead to. */
  readonly hosts: readonly string[]
  /** How long a document counts as current. */
  readonly freshMs: number
  /** How long one answer may take. */
  readonly timeoutMs: number
}

/** Names of environment variables: a bearer token, or a user with a password. */
export type UpstreamCredentials =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }

export const cadences = ['every release', 'monthly', 'quarterly', 'yearly'] as const

export type Cadence = (typeof cadences)[number]

/** Which third-party packages are staged, and how. The first rule that matches and does not exclude wins. */
export interface AdoptRule {
  readonly match: string
  readonly exclude: readonly string[]
  readonly policy: Policy
  readonly cadence: Cadence
  /** Whether pins still get what the upstream withdrew; null: younger than `goneBlocksMs` not. */
  readonly gone: 'block' | 'keep' | null
  readonly goneBlocksMs: number
  /** How long a package is not shown at all of which nothing is older; 0: shown at once. */
  readonly newPackageMs: number
  /** Whether pins get a release whose rollout is held. */
  readonly pins: 'serve' | 'hold'
  /** After how long a file is shown that came when its version was already visible, and says what the others say. */
  readonly lateFilesMs: number
}

/** Versions that are shown to everybody until a time, whatever rules and rollouts say. */
export interface ExceptionRule {
  /** A name or pattern, `npm:@acme/*`. */
  readonly package: string
  /** A range as dependents write it; null: every version. */
  readonly versions: string | null
  /** Integer ms. */
  readonly until: number
  readonly reason: string
}

/** Clients that copy the index for others get one fixed channel. Both conditions hold where both are given. */
export interface MirrorRule {
  /** Text that the user agent contains, in any case. */
  readonly userAgent: string | null
  /** Address or network. */
  readonly address: string | null
  readonly channel: 'stable' | 'candidate'
}

/** Everything about packages of other indexes. */
export interface OverlaySettings {
  readonly upstreams: Readonly<Partial<Record<Ecosystem, UpstreamSettings>>>
  /** What documents say about files: the upstream's own address, or ours that redirects or proxies. */
  readonly files: 'keep' | 'redirect' | 'proxy'
  readonly adopt: readonly AdoptRule[]
  readonly exceptions: readonly ExceptionRule[]
  /** How often adopted packages are looked at without anybody asking for them. */
  readonly refreshMs: number
  readonly mirrors: readonly MirrorRule[]
}

const variable = () =>
  text('the name of an environment variable such as NPM_UPSTREAM_TOKEN', /^[A-Za-z_][A-Za-z0-9_]{0,99}$/)

const name = () => text('a name or pattern such as @acme/* or pypi:acme-*', namePattern)

const upstream = mapping({
  url: webAddress(),
  credentials: mapping({
    token: variable().optional(),
    user: variable().optional(),
    password: variable().optional(),
  }).optional(),
  ca: text('the path of a PEM file', /^[^\n\0]{1,1000}$/).optional(),
  proxy: webAddress().optional(),
  hosts: list(
    text('a host name such as files.example.org', /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/),
    'host names',
  ).optional(),
  fresh: duration().optional(),
  timeout: duration(100).optional(),
})

/** The keys of `slipway.server.yml` that are about other indexes. */
export const overlayShape = {
  upstreams: mapping({ npm: upstream.optional(), pypi: upstream.optional() }).optional(),
  files: oneOf(['keep', 'redirect', 'proxy']).optional(),
  adopt: list(
    mapping({
      match: name(),
      exclude: list(name(), 'names').optional(),
      policy: policyRequestSchema.optional(),
      cadence: oneOf(cadences).optional(),
      urgent: urgentEntry.optional(),
      gone: oneOf(['block', 'keep']).optional(),
      goneBlocks: duration().optional(),
      newPackage: duration(0).optional(),
      pins: oneOf(['serve', 'hold']).optional(),
      lateFiles: duration(0).optional(),
    }),
    'rules such as { match: "npm:*" }',
  ).optional(),
  exceptions: list(
    mapping({
      package: name(),
      versions: text('a range such as ^1.2.0 or >=1.2,<2', /^[^\n\0]{1,200}$/).optional(),
      until: day(),
      reason: text('a sentence', /^[^\n\0]{1,500}$/),
    }),
    'exceptions such as { package: "npm:left-pad", versions: "1.3.0", until: 2027-01-31, reason: "fixes the build" }',
  ).optional(),
  refresh: duration(1000).optional(),
  mirrors: list(
    mapping({
      userAgent: text('a part of a user agent such as devpi', /^[\x20-\x7e]{1,200}$/).optional(),
      address: network().optional(),
      channel: oneOf(['stable', 'candidate']).optional(),
    }),
    'clients such as { userAgent: devpi, channel: stable }',
  ).optional(),
}

const overlaySchema = z.object(overlayShape)

/** Rules about other indexes that span several keys. `document` is the whole file as written. */
export function overlayFaults(document: Readonly<Record<string, unknown>>): Fault[] {
  const rules = Array.isArray(document.adopt) ? document.adopt : []
  const mirrors = Array.isArray(document.mirrors) ? document.mirrors : []
  return [
    ...rules.flatMap((rule, index) => (isMapping(rule) ? adoptFaults(rule, index) : [])),
    ...(rules.length > 0 && document.upstreams === undefined
      ? [
          valueFault(
            ['upstreams'],
            undefined,
            'an upstream, because adopt is about packages that come from one',
          ),
        ]
      : []),
    ...mirrors.flatMap((rule, index) =>
      isMapping(rule) && rule.userAgent === undefined && rule.address === undefined
        ? [valueFault(['mirrors', index], rule, 'userAgent, address or both, to know the client by')]
        : [],
    ),
    ...['npm', 'pypi'].flatMap((ecosystem) => credentialFaults(document.upstreams, ecosystem)),
  ]
}

function adoptFaults(rule: Readonly<Record<string, unknown>>, index: number): Fault[] {
  const path = ['adopt', index, 'policy']
  const train = isMapping(rule.policy) ? rule.policy.train : undefined
  return [
    ...checkPolicyEntry(rule.policy, path),
    ...(rule.urgent !== undefined && isMapping(rule.policy) && rule.policy.urgent !== undefined
      ? [
          valueFault(
            [...path, 'urgent'],
            rule.policy.urgent,
            'urgent in the rule or in its policy, not in both',
          ),
        ]
      : []),
    ...(train === undefined
      ? []
      : [valueFault([...path, 'train'], train, 'no train, packages of different owners cannot share one')]),
  ]
}

function credentialFaults(upstreams: unknown, ecosystem: string): Fault[] {
  const given = isMapping(upstreams) ? upstreams[ecosystem] : undefined
  const credentials = isMapping(given) ? given.credentials : undefined
  if (!isMapping(credentials)) return []
  const keys = Object.keys(credentials).sort().join()
  if (keys === 'token' || keys === 'password,user') return []
  const expected = 'token, or user and password, each the name of an environment variable'
  return [valueFault(['upstreams', ecosystem, 'credentials'], credentials, expected)]
}

/** The settings with every default filled in; `serverPolicy` is the file's own, for packages without another. */
export function overlaySettingsOf(
  file: z.output<typeof overlaySchema>,
  serverPolicy: PolicyRequest = {},
): OverlaySettings {
  const { npm, pypi } = file.upstreams ?? {}
  return {
    upstreams: { ...(npm && { npm: upstreamOf(npm) }), ...(pypi && { pypi: upstreamOf(pypi) }) },
    files: file.files ?? 'keep',
    adopt: (file.adopt ?? []).map((rule) => ({
      match: rule.match,
      exclude: rule.exclude ?? [],
      policy: adoptPolicy(rule.policy, rule.urgent, serverPolicy),
      cadence: rule.cadence ?? 'every release',
      gone: rule.gone ?? null,
      goneBlocksMs: rule.goneBlocks ?? 30 * 24 * 60 * 60_000,
      newPackageMs: rule.newPackage ?? 24 * 60 * 60_000,
      pins: rule.pins ?? 'serve',
      lateFilesMs: rule.lateFiles ?? 24 * 60 * 60_000,
    })),
    exceptions: (file.exceptions ?? []).map((given) => ({ ...given, versions: given.versions ?? null })),
    refreshMs: file.refresh ?? 5 * 60_000,
    mirrors: (file.mirrors ?? []).map((rule) => ({
      userAgent: rule.userAgent ?? null,
      address: rule.address ?? null,
      channel: rule.channel ?? 'stable',
    })),
  }
}

/** A rule that only adds the urgent ladder adds it to what would hold without it: the server's own default. */
function adoptPolicy(
  policy: PolicyRequest | undefined,
  urgent: UrgentEntry | undefined,
  serverPolicy: PolicyRequest,
): Policy {
  return policyOf({ ...(policy ?? serverPolicy), ...(urgent && { urgent }) }, adoptedPace)
}

/** Where the best known index keeps its files. */
const fileHosts: Readonly<Record<string, readonly string[]>> = { 'pypi.org': ['files.pythonhosted.org'] }

function upstreamOf(given: z.output<typeof upstream>): UpstreamSettings {
  const { token, user, password } = given.credentials ?? {}
  const known = fileHosts[new URL(given.url).host] ?? []
  return {
    url: given.url,
    credentials:
      token !== undefined
        ? { kind: 'token', token }
        : user !== undefined && password !== undefined
          ? { kind: 'basic', user, password }
          : null,
    ca: given.ca ?? null,
    proxy: given.proxy ?? null,
    hosts: [...known, ...(given.hosts ?? [])],
    freshMs: given.fresh ?? 60_000,
    timeoutMs: given.timeout ?? 30_000,
  }
}
