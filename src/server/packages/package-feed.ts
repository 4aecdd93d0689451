import { createHash } from 'node:crypto'
import { type FeedKind, feedWords } from '../../github/words/dependent-words.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { Member } from '../../rollout/history/event.ts'
import type { Transition } from '../../rollout/history/state.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'

const told: ReadonlySet<string> = new Set<FeedKind>([
  'started',
  'completed',
  'rolled-back',
  'superseded',
  'abandoned',
  'blocked',
])
/** Readers ask often; what is older is on the package's page. */
const mostEntries = 50

interface Entry {
  readonly explanation: Explanation
  readonly member: Member
  readonly transition: Transition
}

/** Characters that XML 1.0 does not know, and lone halves of pairs. */
const notXml = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text of anybody as text of an XML element or attribute. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(notXml, ' ')
    .replace(/[&<>"']/g, (found) => entities[found] ?? '')
}

function entriesOf(id: PackageId, explanations: readonly Explanation[]): readonly Entry[] {
  return explanations
    .flatMap((explanation) => {
      const member = explanation.releases.find(({ candidate }) => packageIdOf(candidate) === id)
      if (member === undefined) return []
      return (
        explanation.history
          // A first release goes to everybody at once.
          .filter(({ type }) => told.has(type) && (type !== 'started' || member.baseline !== null))
          .map((transition) => ({ explanation, member, transition }))
      )
    })
    .sort((a, b) => b.transition.at - a.transition.at || b.transition.version - a.transition.version)
    .slice(0, mostEntries)
}

/** Ids never change, also when the server moves: they carry the rollout and the number of the event only. */
function idOf(rollout: string, version: number): string {
  return `tag:slipway,2026:${rollout}/${version}`
}

function entryXml({ explanation, member, transition }: Entry, publicUrl: string): string {
  const { type, reason, at, version } = transition
  const { title, summary } = feedWords(member.candidate, member.baseline, type as FeedKind, reason)
  return [
    '<entry>',
    `<id>${xml(idOf(explanation.rollout, version))}</id>`,
    `<title>${xml(title)}</title>`,
    `<updated>${new Date(at).toISOString()}</updated>`,
    `<link rel="alternate" type="text/html" href="${xml(`${publicUrl}/rollouts/${explanation.rollout}`)}"/>`,
    `<category term="${xml(type)}"/>`,
    `<summary>${xml(summary)}</summary>`,
    '</entry>',
  ].join('\n')
}

/**
 * What happened to the releases of a package, newest first, as Atom (RFC 4287): for everybody who is told nowhere
 * else. Only what is public on the package's page is in it.
 */
export function packageFeed(
  id: PackageId,
  explanations: readonly Explanation[],
  publicUrl: string,
): { readonly text: string; readonly etag: string } {
  const entries = entriesOf(id, explanations)
  const page = `${publicUrl}/packages/${id.replace(':', '/')}`
  const self = `${publicUrl}/api/v1/packages/${id.replace(':', '/')}/feed.atom`
  const updated = new Date(entries[0]?.transition.at ?? 0).toISOString()
  const text = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `<id>tag:slipway,2026:${xml(id)}</id>`,
    `<title>${xml(`Releases of ${id}`)}</title>`,
    `<updated>${updated}</updated>`,
    '<author><name>Slipway</name></author>',
    '<generator>Slipway</generator>',
    `<link rel="self" type="application/atom+xml" href="${xml(self)}"/>`,
    `<link rel="alternate" type="text/html" href="${xml(page)}"/>`,
    ...entries.map((entry) => entryXml(entry, publicUrl)),
    '</feed>',
    '',
  ].join('\n')
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` }
}
