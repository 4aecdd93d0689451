import { isSecret } from '../../gates/canaries/canary-label.ts'
import type { AdmissionRule } from '../../gates/policy.ts'
import type { RecordedEvent } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { fitsPattern } from '../../versions/star-pattern.ts'

/** Keys under which a repository's id makes everything beside it that repository's business. */
const idKeys = ['id', 'canary', 'repositoryId']

/** Labels of the repositories that are not to be named, by id and by name in lower case. */
type Labels = ReadonlyMap<string, string>

interface Secrets {
  readonly labels: Labels
  /** Names in lower case of repositories that everybody may know. */
  readonly open: readonly string[]
}

/**
 * The history for readers that may not know of private repositories: their ids, names and everything said of them
 * give way to a label. What is left out breaks the chain of hashes, so operators alone can check it; every other
 * event is as it was stored. Nothing changes where no private repository is named.
 */
export function redactEvents(state: RolloutState, events: readonly RecordedEvent[]): readonly unknown[] {
  const secrets = { labels: labelsOf(state), open: openOf(state) }
  const isHidden = ({ repo }: AdmissionRule) => !isOpen(repo, secrets)
  const rules = events.flatMap((event) => ('policy' in event && event.policy ? event.policy.canaries : []))
  if (secrets.labels.size === 0 && !rules.some(isHidden)) return events
  return events.map((event) => redact(withoutPatterns(event, secrets), secrets.labels))
}

/** Repositories of the roster that are not private: only of those is it known. */
function openOf({ canaries }: RolloutState): readonly string[] {
  return Object.values(canaries).flatMap(({ entry }) => (entry.private ? [] : [entry.repo.toLowerCase()]))
}

/** Whether a rule of the policy names nothing but what everybody may know. */
function isOpen(pattern: string, { open }: Secrets): boolean {
  return open.some((name) => fitsPattern(pattern.toLowerCase(), name))
}

/** The policy admits by names and patterns; what they mean may be private whether or not it offered. */
function withoutPatterns(event: RecordedEvent, secrets: Secrets): unknown {
  if (!('policy' in event) || !event.policy) return event
  const canaries = event.policy.canaries.map((rule) =>
    isOpen(rule.repo, secrets) ? rule : { ...rule, repo: 'a repository that is not named here' },
  )
  return { ...event, policy: { ...event.policy, canaries } }
}

/** Private canaries, private repositories with an update pull request, and all that met the release by themselves. */
function labelsOf({ canaries, pullRequests, shownTo }: RolloutState): Labels {
  const labels = new Map<string, string>()
  let count = 0
  const add = (id: string, name: string) => {
    const label = labels.get(id) ?? `private repository ${++count}`
    labels.set(id, label).set(name.toLowerCase(), label)
  }
  for (const { entry } of Object.values(canaries)) if (isSecret(entry, null)) add(entry.id, entry.repo)
  for (const ref of pullRequests) if (ref.bump?.private === true) add(ref.repositoryId, ref.repository)
  for (const ref of shownTo) add(ref.repositoryId, ref.repository)
  return labels
}

function redact(value: unknown, labels: Labels): unknown {
  if (typeof value === 'string') return labelIn(value, labels) ?? value
  if (Array.isArray(value)) return value.map((one) => redact(one, labels))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const owner = entries.flatMap(([key, own]) =>
    idKeys.includes(key) ? (labels.get(String(own)) ?? []) : [],
  )[0]
  const kept = owner === undefined ? entries : entries.filter(([key]) => envelope.includes(key))
  const said = kept.map(([key, own]) => [labelIn(key, labels) ?? key, redact(own, labels)])
  return Object.fromEntries(owner === undefined ? said : [...said, ['redacted', owner]])
}

/** What every event has, and stays of one about a private repository. */
const envelope = ['type', 'kind', 'v', 'at', 'previous', 'hash']

/** Every `owner/name` of a text; they may overlap, as in an address. */
const pairs = /(?<![\w.-])(?=([\w.-]+\/[\w.-]*\w))/g

/** The label of the repository that a text is or names. */
function labelIn(text: string, labels: Labels): string | null {
  const known = labels.get(text)
  if (known !== undefined) return known
  const plain = text.toLowerCase().replaceAll('%2f', '/')
  for (const [, pair = ''] of plain.matchAll(pairs)) {
    const found = labels.get(pair) ?? labels.get(pair.replace(/\.git$/, ''))
    if (found !== undefined) return found
  }
  return null
}
