import { type CanaryOffer, canaryOffers } from '../../config/canaries/canary-offers.ts'
import { givenAway } from '../../config/canaries/check-workflow.ts'
import { usesSlipwayCanary } from '../../config/canaries/workflow-uses.ts'
import type { SlipwayFile } from '../../config/policy/file-schema.ts'
import { parseSlipwayFile, slipwayFilePath } from '../../config/policy/slipway-file.ts'
import { explainProblems } from '../../config/reading/explain-problems.ts'
import { isProjectKey } from '../../gates/canaries/project-key.ts'
import type { Forged, Repository, RepositoryReader } from '../../ports/forge.ts'
import type { OfferRecord, StoredOffer } from '../../ports/offer-store.ts'
import { sha256Hex } from '../core/hashes.ts'

/** What a repository's file says of canaries. */
export interface ReadOffers {
  /** Null where there is no file. */
  readonly record: OfferRecord | null
  /** The repositories that its own policies admit by name. */
  readonly admits: readonly string[]
}

/**
 * What a repository's file offers now, and whom its policies admit. A file that is broken keeps the offers of
 * `before`, with what is wrong: a canary does not get lost because of a typing mistake. One that its people left offers
 * nothing until it is another text.
 */
export async function readOffers(
  forge: RepositoryReader,
  repository: Repository,
  before: OfferRecord | null,
  now: number,
): Promise<Forged<ReadOffers>> {
  const text = await forge.file(repository, slipwayFilePath, null)
  if (!text.ok) return text
  if (text.value === null) return { ok: true, value: { record: null, admits: [] } }
  const record = { source: 'file', repository, unread: null, seenAt: now } as const
  const { left } = before ?? {}
  const parsed = parseSlipwayFile(text.value)
  const admits = parsed.ok ? admittedNames(parsed.file) : []
  if (left !== undefined && left === sha256Hex(text.value))
    return { ok: true, value: { record: { ...record, left, offers: [], problems: null }, admits } }
  if (!parsed.ok) {
    const problems = explainProblems(slipwayFilePath, parsed.problems)
    return { ok: true, value: { record: { ...record, offers: before?.offers ?? [], problems }, admits } }
  }
  const offers: StoredOffer[] = []
  for (const offer of canaryOffers(parsed.file)) {
    const workflow = await readWorkflow(forge, repository, offer)
    if (!workflow.ok) return workflow
    offers.push({ ...offer, ...workflow.value })
  }
  return { ok: true, value: { record: { ...record, offers, problems: null }, admits } }
}

/** Patterns and projects of other CIs stand for no single repository. */
function admittedNames({ releases = [] }: SlipwayFile): readonly string[] {
  const rules = releases.flatMap(({ canaries = [] }) => canaries)
  const names = rules.flatMap((rule) => ('repo' in rule && rule.repo !== undefined ? [rule.repo] : []))
  return [...new Set(names)].filter((name) => !name.endsWith('/*') && !isProjectKey(name))
}

/**
 * Both arms in one run where the workflow uses the Action; other ways in bring the Action themselves. A workflow that
 * gives a candidate the identity or a secret is refused before anything of it runs there.
 */
async function readWorkflow(
  forge: RepositoryReader,
  repository: Repository,
  offer: CanaryOffer,
): Promise<Forged<Pick<StoredOffer, 'arms' | 'refused'>>> {
  if (offer.mode !== 'dispatch' || offer.workflow === null) return { ok: true, value: { arms: 'together' } }
  const path = `.github/workflows/${offer.workflow}`
  const text = await forge.file(repository, path, offer.ref)
  if (!text.ok) return text
  // A missing workflow stays on the list: its dispatch fails, and that is shown as this canary's state.
  if (text.value === null) return { ok: true, value: { arms: 'together' } }
  const refused = explainProblems(path, givenAway(text.value).slice(0, 1))
  const arms = usesSlipwayCanary(text.value) ? 'together' : 'apart'
  return { ok: true, value: { arms, ...(refused !== '' && { refused }) } }
}
