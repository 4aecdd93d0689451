import { type OverlaidPackument, overlaidPackument } from '../../catalog/overlaid/overlaid-packument.ts'
import type { PackageRecord } from '../../catalog/package-record.ts'
import type { Promotion, Registry, RegistryAnswer, Wanted } from '../../ports/registry.ts'
import { sayProblem } from '../../versions/problem.ts'
import type { PackageId } from '../../versions/release.ts'
import { fetchDocument, type RegistryAccess } from '../fetch-document.ts'

const timeoutMs = 30_000

/** What no tag of npm can hold back. Measured; docs/clients.md has the table. */
const leaks = [
  'Yarn 4 takes the highest version that a range allows, whatever `latest` says: `^` and `*` ranges there get the candidate from the moment it is published.',
  'pnpm, Bun and Deno keep what they read for a while (up to a day, 300 s, until `--reload`).',
]

/**
 * The npm registry, or one that speaks its protocol. Below 100 % the candidate is published as `next` and `latest`
 * stays with the baseline; moving `latest` needs a token of the package and is otherwise a step for a person.
 */
export function createNpmRegistry(access: RegistryAccess): Registry {
  return {
    ecosystem: 'npm',
    read: (id) => read(access, id),
    async promote(wanted) {
      const before = await latestOf(access, wanted.package)
      if (!before.ok) return { kind: 'failed', sentence: before.message }
      const version = wanted.shows === 'candidate' ? wanted.candidate : wanted.baseline
      if (version === null || before.latest === version) return settled(wanted, before.latest)
      if (before.latest !== wanted.candidate && before.latest !== wanted.baseline && before.latest !== null) {
        return strange(wanted, before.latest)
      }
      if (access.token === null) return checklist(access, wanted, version, before.latest)
      const moved = await moveLatest(access, wanted.package, version)
      if (moved !== null)
        return checklist(access, wanted, version, before.latest, `The registry refused it: ${moved}. `)
      const after = await latestOf(access, wanted.package)
      if (!after.ok) return { kind: 'failed', sentence: after.message }
      if (after.latest === version) return settled(wanted, after.latest)
      const sentence = `The registry took the change of \`latest\` to ${version} and still answers ${after.latest}.`
      return { kind: 'failed', sentence }
    },
  }
}

async function read(access: RegistryAccess, id: PackageId): Promise<RegistryAnswer> {
  const answer = await readPackument(access, id)
  return answer.ok ? { ok: true, record: answer.packument?.record ?? null } : answer
}

/** The package's document, cut into what views of it are made from; null: npm has none. */
export async function readPackument(
  access: RegistryAccess,
  id: PackageId,
): Promise<
  | { readonly ok: true; readonly packument: OverlaidPackument | null }
  | { readonly ok: false; readonly message: string }
> {
  const url = documentUrl(access, id)
  const fetched = await fetchDocument({ url, accept: 'application/json', token: access.token })
  if (fetched.kind === 'missing') return { ok: true, packument: null }
  if (fetched.kind === 'failed') return { ok: false, message: `npm did not answer (${fetched.message})` }
  const packument = overlaidPackument(id, parsed(fetched.text), fetched.url, timeOf)
  if (!packument.ok) return { ok: false, message: `npm answered oddly: ${sayProblem(packument.problem)}` }
  return { ok: true, packument: packument.value }
}

async function latestOf(access: RegistryAccess, id: PackageId) {
  const answer = await read(access, id)
  if (!answer.ok) return answer
  if (answer.record === null) return { ok: false as const, message: `npm does not know ${id}` }
  return { ok: true as const, latest: tagOf(answer.record) }
}

function tagOf(record: PackageRecord): string | null {
  return record.tags.latest ?? null
}

/** The refusal in a few words, or null when the registry took it. */
async function moveLatest(access: RegistryAccess, id: PackageId, version: string): Promise<string | null> {
  const url = `${access.url}/-/package/${encodedName(id)}/dist-tags/latest`
  try {
    const reply = await fetch(url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(version),
      signal: AbortSignal.timeout(timeoutMs),
    })
    return reply.ok ? null : `${reply.status} ${(await reply.text()).slice(0, 200)}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function settled({ package: id, shows, candidate, baseline }: Wanted, latest: string | null): Promotion {
  const next =
    shows === 'baseline' && baseline !== null
      ? ` ${candidate} stays installable by its exact version and by other tags.`
      : ''
  const sentence = `npm confirms: \`latest\` of ${nameOf(id)} is ${latest}.${next}`
  return { kind: 'confirmed', sentence, leaks: shows === 'baseline' ? leaks : [] }
}

function checklist(
  access: RegistryAccess,
  { package: id, shows }: Wanted,
  version: string,
  latest: string | null,
  why = '',
): Promotion {
  const sentence = `${why}npm still gives ${latest ?? 'nothing'} as \`latest\` of ${nameOf(id)}; it should be ${version}.`
  const custom = access.url === 'https://registry.npmjs.org' ? '' : ` --registry=${access.url}`
  const steps = [
    `npm dist-tag add ${nameOf(id)}@${version} latest${custom}`,
    ...(shows === 'baseline' ? [`npm dist-tag ls ${nameOf(id)}${custom}`] : []),
  ]
  return { kind: 'checklist', sentence, steps, leaks: shows === 'baseline' ? leaks : [] }
}

/** Somebody published something else meanwhile: what they made `latest` is not ours to take away. */
function strange({ package: id, candidate, baseline }: Wanted, latest: string): Promotion {
  const known = baseline === null ? candidate : `${candidate} nor ${baseline}`
  const sentence = `\`latest\` of ${nameOf(id)} is ${latest}, which is neither ${known}; it was left alone.`
  return { kind: 'checklist', sentence, steps: [`npm dist-tag ls ${nameOf(id)}`], leaks: [] }
}

const nameOf = (id: PackageId) => id.slice('npm:'.length)
const encodedName = (id: PackageId) => nameOf(id).replace('/', '%2f')
const documentUrl = ({ url }: RegistryAccess, id: PackageId) => `${url}/${encodedName(id)}`

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function timeOf(text: string): number | null {
  const at = Date.parse(text)
  return Number.isFinite(at) ? at : null
}
