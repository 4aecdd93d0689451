import { execFile } from 'node:child_process'
import { z } from 'zod'
import { listRollouts } from '../../registries/slipway-index/list-client.ts'
import { parseReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { CliContext } from '../cli-context.ts'
import { plain } from '../paint.ts'
import { ask, type Finding, TIMEOUT_MS } from './finding.ts'

/** A package client of this machine. */
interface Client {
  readonly name: string
  readonly ecosystem: 'npm' | 'pypi'
  /** Variables that decide for it, before anything that it keeps in files. */
  readonly variables: readonly string[]
  /** How it says itself where it asks; null where only a variable does. */
  readonly says: readonly string[] | null
  /** How to lead it to an index at `{npm}` or `{simple}`. */
  readonly how: string
}

const clients: readonly Client[] = [
  {
    name: 'npm',
    ecosystem: 'npm',
    variables: ['npm_config_registry', 'NPM_CONFIG_REGISTRY'],
    says: ['npm', 'config', 'get', 'registry'],
    how: 'npm config set registry {npm}',
  },
  {
    name: 'pnpm',
    ecosystem: 'npm',
    variables: ['pnpm_config_registry', 'npm_config_registry'],
    says: ['pnpm', 'config', 'get', 'registry'],
    how: 'pnpm config set registry {npm}',
  },
  {
    name: 'yarn',
    ecosystem: 'npm',
    variables: ['YARN_NPM_REGISTRY_SERVER', 'YARN_REGISTRY'],
    says: ['yarn', 'config', 'get', 'npmRegistryServer'],
    how: 'yarn config set npmRegistryServer {npm}',
  },
  {
    name: 'bun',
    ecosystem: 'npm',
    variables: ['BUN_CONFIG_REGISTRY', 'npm_config_registry'],
    says: null,
    how: 'export BUN_CONFIG_REGISTRY={npm}',
  },
  {
    name: 'pip',
    ecosystem: 'pypi',
    variables: ['PIP_INDEX_URL'],
    says: ['python3', '-m', 'pip', 'config', 'get', 'global.index-url'],
    how: 'pip config set global.index-url {simple}',
  },
  {
    name: 'uv',
    ecosystem: 'pypi',
    variables: ['UV_DEFAULT_INDEX', 'UV_INDEX_URL'],
    says: null,
    how: 'export UV_DEFAULT_INDEX={simple}',
  },
  {
    name: 'pdm',
    ecosystem: 'pypi',
    variables: ['PDM_PYPI_URL'],
    says: ['pdm', 'config', 'pypi.url'],
    how: 'pdm config pypi.url {simple}',
  },
  {
    name: 'poetry',
    ecosystem: 'pypi',
    variables: ['POETRY_PYPI_MIRROR_URL'],
    says: null,
    how: 'poetry source add --priority=primary slipway {simple}',
  },
]

/** These are looked at where they are not installed, too: whoever asks wants to set one of them. */
const always = new Set(['npm', 'pip', 'uv'])

/** Where the clients of this machine ask, as they say it themselves, and what those that ask the server would get. */
export async function lookAtClients(
  server: string,
  token: string | null,
  isReached: boolean,
  context: CliContext,
): Promise<readonly Finding[]> {
  const seen = await Promise.all(
    clients.map(async (client) => ({ client, at: await addressOf(client, context) })),
  )
  const findings: Finding[] = []
  const led: { readonly client: Client; readonly at: string }[] = []
  for (const { client, at } of seen) {
    if (at === null && !always.has(client.name)) continue
    const isHere = at !== null && isBelow(at, server)
    if (isHere) led.push({ client, at })
    findings.push(
      isHere
        ? { what: client.name, state: 'ok', says: `asks ${withoutKey(at)}` }
        : notHere(client, at, server),
    )
  }
  return [...findings, ...(isReached ? await whatTheyGet(server, token, led) : [])]
}

/** Whether an address lies at a server, which may itself lie below a path of its host. */
function isBelow(address: string, server: string): boolean {
  if (!URL.canParse(address)) return false
  const [{ host, pathname }, own] = [new URL(address), new URL(server)]
  return host === own.host && pathname.startsWith(own.pathname.replace(/\/*$/, '/'))
}

function notHere({ name, how }: Client, at: string | null, server: string): Finding {
  const instead = how.replace('{npm}', `${server}/npm/`).replace('{simple}', `${server}/pypi/simple/`)
  const says =
    at === null
      ? `not here or not set; to use this server: ${instead}`
      : `asks ${withoutKey(at)}, not this server; to use it: ${instead}`
  return { what: name, state: 'note', says }
}

/** A key or a token may stand in it. */
function withoutKey(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null
  return plain(url === null ? address : `${url.origin}${url.pathname.replace(/\/as\/[^/]+/, '/as/…')}`)
}

/** The variable that decides, else what the client says of itself; null where it is not here or not set. */
async function addressOf({ variables, says }: Client, context: CliContext): Promise<string | null> {
  const set = variables.map((name) => context.env[name] ?? '').find((value) => value !== '')
  if (set !== undefined) return set
  if (says === null) return null
  const [program = '', ...args] = says
  const said = await new Promise<string | null>((resolve) => {
    const options = { cwd: context.cwd, env: context.env, timeout: TIMEOUT_MS }
    execFile(program, args, options, (error, out) => resolve(error === null ? out.trim() : null))
  })
  return said === null || said === '' || said === 'undefined' ? null : said
}

const MOST_SHOWN = 5
const packumentSchema = z.looseObject({ 'dist-tags': z.record(z.string(), z.string()) })
const projectSchema = z.looseObject({ versions: z.array(z.string()) })

/** The version that the first client of each ecosystem would choose of what rolls out now. */
async function whatTheyGet(
  server: string,
  token: string | null,
  led: readonly { readonly client: Client; readonly at: string }[],
): Promise<readonly Finding[]> {
  if (led.length === 0) return []
  const live = await listRollouts({ server, token }, { phase: 'live', limit: MOST_SHOWN })
  if (!live.ok) return []
  const releases = live.value.items.flatMap((item) =>
    item.releases.map(({ id }) => ({ id, percent: item.percent })),
  )
  const findings = await Promise.all(
    releases.slice(0, MOST_SHOWN).map(async ({ id, percent }): Promise<readonly Finding[]> => {
      const release = parseReleaseId(id)
      if (!release.ok) return []
      const { ecosystem, name, version } = release.value
      const asking = led.find(({ client }) => client.ecosystem === ecosystem)
      if (asking === undefined) return []
      const got = await chosenBy(asking.at, ecosystem, name, token)
      const what = `${ecosystem}:${name}`
      const says = `${asking.client.name} would get ${got ?? 'nothing that can be seen from here'}; ${version} is at ${percent} %`
      return [{ what: plain(what), state: got === null ? 'note' : 'ok', says: plain(says) }]
    }),
  )
  return findings.flat()
}

async function chosenBy(
  at: string,
  ecosystem: 'npm' | 'pypi',
  name: string,
  token: string | null,
): Promise<string | null> {
  const root = at.replace(/\/+$/, '')
  const accept =
    ecosystem === 'npm' ? 'application/vnd.npm.install-v1+json' : 'application/vnd.pypi.simple.v1+json'
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const path = ecosystem === 'npm' ? name.replace('/', '%2f') : `${name}/`
  try {
    const { status, text } = await ask(`${root}/${path}`, { headers: { accept, ...authorization } })
    if (status !== 200) return null
    const json: unknown = JSON.parse(text)
    if (ecosystem === 'npm') return packumentSchema.parse(json)['dist-tags'].latest ?? null
    const scheme = schemeOf(ecosystem)
    const finals = projectSchema.parse(json).versions.filter((version) => !scheme.isPrerelease(version))
    return finals.toSorted(scheme.compare).at(-1) ?? null
  } catch {
    return null
  }
}
