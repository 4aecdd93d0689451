import { nearestWord } from '../reading/nearest-word.ts'

/** What the names of all settings in the environment begin with. */
const prefix = 'SLIPWAY_'

/** Every setting that the environment may hold, for the server and for all commands. */
export const knownSettings = [
  // Of commands that ask a server.
  'SLIPWAY_SERVER',
  'SLIPWAY_TOKEN',
  'SLIPWAY_KEY',
  'SLIPWAY_ID_TOKEN',
  // Of the server; its file has most of them too.
  'SLIPWAY_ADMIN_TOKEN',
  'SLIPWAY_ANONYMOUS',
  'SLIPWAY_ANONYMOUS_CI',
  'SLIPWAY_AUDIT_LOG',
  'SLIPWAY_CHECKPOINT_KEY',
  'SLIPWAY_CONFIG',
  'SLIPWAY_DATA',
  'SLIPWAY_EDGE',
  'SLIPWAY_HOST',
  'SLIPWAY_OIDC_AUDIENCE',
  'SLIPWAY_OIDC_ISSUER',
  'SLIPWAY_PORT',
  'SLIPWAY_PRIVATE',
  'SLIPWAY_PUBLIC_URL',
  'SLIPWAY_S3_ACCESS_KEY_ID',
  'SLIPWAY_S3_BUCKET',
  'SLIPWAY_S3_ENDPOINT',
  'SLIPWAY_S3_PREFIX',
  'SLIPWAY_S3_REGION',
  'SLIPWAY_S3_SECRET_ACCESS_KEY',
  'SLIPWAY_SECRET',
  'SLIPWAY_TICK',
  'SLIPWAY_TRUSTED_PROXIES',
  'SLIPWAY_UPLOAD_SETTLE',
  'SLIPWAY_WRITE_SPACING',
  // Of versions side by side, and what they tell the programs they start.
  'SLIPWAY_ENV_HELD',
  'SLIPWAY_ENV_HELD_NODE',
  'SLIPWAY_ENV_PATH',
  'SLIPWAY_ENV_PROGRAM',
  'SLIPWAY_ENV_WITH',
  // What the Action leaves for later steps.
  'SLIPWAY_INDEX',
] as const

/** What Kubernetes sets in every container beside a service that is called `slipway`. */
const setByKubernetes = /^SLIPWAY_(?:SERVICE_|PORT_\d)/

/** A variable that is nearly the name of a setting, with the name that was meant. */
export interface Misspelt {
  readonly name: string
  readonly meant: string
}

/**
 * The first variable that begins like a setting, is none, and comes near one: whoever set it believes that it counts.
 * Others may be somebody's own and are left alone.
 */
export function misspeltSetting(environment: Readonly<Record<string, string | undefined>>): Misspelt | null {
  const words = knownSettings.map((name) => name.slice(prefix.length))
  for (const [name, value] of Object.entries(environment)) {
    const isKnown = (knownSettings as readonly string[]).includes(name)
    if (!value || isKnown || setByKubernetes.test(name)) continue
    const word = /^slipway[_-](.+)$/i.exec(name)?.[1]
    if (word === undefined) continue
    const nearest = nearestWord(word, words, Math.max(1, Math.floor(word.length / 4)))
    if (nearest !== null) return { name, meant: `${prefix}${nearest}` }
  }
  return null
}
