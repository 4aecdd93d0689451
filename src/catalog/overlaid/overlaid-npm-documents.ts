import { isRangeLike, looseVersion } from '../../versions/loose-semver.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { membersOfLatest } from '../hosted/latest-members.ts'
import { abbreviatedType } from '../hosted/packument.ts'
import { nameOf } from '../hosted/project-page.ts'
import { sortedVersions } from '../hosted/sorted-versions.ts'
import { isoTime } from '../iso-time.ts'
import { type Rendered, renderPieces } from '../rendered.ts'
import { blockedSentence } from '../views/block-reasons.ts'
import { latestVersion } from '../views/latest-version.ts'
import { type ListedVersion, npmMarks } from '../views/npm-marks.ts'
import type { Visibility } from '../views/package-views.ts'
import { whyHidden } from '../views/why-hidden.ts'
import type { OverlaidLinks } from './overlaid-package.ts'
import { type OverlaidPackument, open, type PackumentVersion } from './overlaid-packument.ts'

/** An upstream's packument for one view: changed in the same places as a hosted one, and nowhere else. */
export function overlaidFullPackument(
  overlaid: OverlaidPackument,
  visibility: Visibility,
  links: OverlaidLinks,
): Rendered {
  const tags = overlaidTags(overlaid, visibility)
  const head = joined(overlaid.head, latestMembers(overlaid, tags.latest))
  const pieces = [
    `${withMember(head, 'dist-tags', JSON.stringify(tags))},"versions":{`,
    ...versionPieces(overlaid, visibility, links, 'full'),
    `},"time":${JSON.stringify(timesOf(overlaid, visibility))}`,
    ...restrictions(overlaid, visibility, links).map((member) => `,${member}`),
    '}',
  ]
  return renderPieces(pieces, 'application/json')
}

/** README, description and keywords, of another version where the view calls another one latest. */
function latestMembers(
  { headOfLatest, tags, versions }: OverlaidPackument,
  latest: string | undefined,
): string {
  if (latest === tags.latest) return headOfLatest
  const entry = versions.find(({ key }) => key === latest)
  if (entry === undefined) return '{'
  const manifest = JSON.parse(`${entry.full}}`)
  return open({ ...JSON.parse(`${entry.readme ?? '{'}}`), ...membersOfLatest(manifest) })
}

/** The abbreviated form of the same document. */
export function overlaidAbbreviatedPackument(
  overlaid: OverlaidPackument,
  visibility: Visibility,
  links: OverlaidLinks,
): Rendered {
  const { modified } = timesOf(overlaid, visibility)
  const members = [
    `"name":${JSON.stringify(nameOf(overlaid.record))}`,
    ...(modified === undefined ? [] : [`"modified":${JSON.stringify(modified)}`]),
    `"dist-tags":${JSON.stringify(overlaidTags(overlaid, visibility))}`,
  ]
  const pieces = [
    `{${members.join()},"versions":{`,
    ...versionPieces(overlaid, visibility, links, 'short'),
    '}',
    ...restrictions(overlaid, visibility, links).map((member) => `,${member}`),
    '}',
  ]
  return renderPieces(pieces, abbreviatedType)
}

/** One version by version or tag; null when the view has none. */
export function overlaidNpmVersion(
  overlaid: OverlaidPackument,
  versionOrTag: string,
  visibility: Visibility,
  links: OverlaidLinks,
): Rendered | null {
  const tags = overlaidTags(overlaid, visibility)
  const key = Object.hasOwn(tags, versionOrTag) ? tags[versionOrTag] : versionOrTag
  const entry = overlaid.versions.find((known) => known.key === key)
  if (entry === undefined || isBlocked(entry, visibility)) return null
  const { deprecated } = createMarks(overlaid, visibility, links)(entry)
  const alone = { ...entry, full: joined(entry.full, entry.readme ?? '{') }
  const body = versionText(alone, { deprecated, engines: entry.engines }, links, 'full')
  return { contentType: 'application/json', body }
}

/** Tags as the upstream has them, but `latest` is the newest that the view shows, and none is blocked. */
export function overlaidTags(
  overlaid: OverlaidPackument,
  visibility: Visibility,
): Readonly<Record<string, string>> {
  const byKey = new Map(overlaid.versions.map((entry) => [entry.key, entry]))
  const kept = Object.entries(overlaid.tags).filter(([tag, key]) => {
    const entry = byKey.get(key)
    if (entry !== undefined && isBlocked(entry, visibility)) return false
    const isShown = entry === undefined ? !overlaid.staged : isOffered(overlaid, entry, visibility)
    if (tag === 'latest') return isShown
    // Some clients look for a tag before they read a range.
    return isShown || !isRangeLike(tag)
  })
  if (kept.some(([tag]) => tag === 'latest')) return Object.fromEntries(kept)
  const latest = latestVersion(overlaid.record, visibility)
  const entry = overlaid.versions.find(({ version }) => latest !== null && version === latest.version)
  return Object.fromEntries([...(entry === undefined ? [] : [['latest', entry.key] as const]), ...kept])
}

/** Whether nobody has to choose a version to get it: a rule lets no pre-release become `latest` unseen. */
function isOffered(
  { record, staged }: OverlaidPackument,
  { version }: PackumentVersion,
  { hidden }: Visibility,
): boolean {
  if (!staged) return version === null || !hidden.has(version)
  if (version === null || hidden.has(version)) return false
  return !schemeOf('npm').isPrerelease(version) || record.versions[version]?.released === true
}

/** Blocked versions in the shape that npm refuses with a message (npm-pick-manifest, `policyRestrictions`). */
function restrictions(
  { record, versions }: OverlaidPackument,
  visibility: Visibility,
  links: OverlaidLinks,
): readonly string[] {
  const blocked = versions.filter((entry) => isBlocked(entry, visibility))
  if (blocked.length === 0) return []
  const sentences = blocked.map(({ key, version }) =>
    blockedSentence(`${nameOf(record)}@${key}`, visibility.blockedBecause?.get(version ?? '')),
  )
  const texts = blocked.map(
    (entry) => `${JSON.stringify(entry.key)}:${versionText(entry, entry, links, 'short')}`,
  )
  return [
    `"policyRestrictions":{"message":${JSON.stringify(sentences.join('\n'))},"versions":{${texts.join()}}}`,
  ]
}

type Form = 'full' | 'short'

/** The members of `versions`, with the commas between them. */
function versionPieces(
  overlaid: OverlaidPackument,
  visibility: Visibility,
  links: OverlaidLinks,
  form: Form,
): readonly string[] {
  const marksOf = createMarks(overlaid, visibility, links)
  return overlaid.versions
    .filter((entry) => !isBlocked(entry, visibility))
    .flatMap((entry, index) => {
      const text = `${JSON.stringify(entry.key)}:${versionText(entry, marksOf(entry), links, form)}`
      return index === 0 ? [text] : [',', text]
    })
}

type VersionMarks = Pick<PackumentVersion, 'deprecated' | 'engines'>

/** What each version says under `deprecated` and `engines` in this view, as JSON. */
function createMarks(
  overlaid: OverlaidPackument,
  visibility: Visibility,
  links: OverlaidLinks,
): (entry: PackumentVersion) => VersionMarks {
  const { record, versions, staged } = overlaid
  const { hidden } = visibility
  const unread = staged ? versions.filter(({ version }) => version === null) : []
  if (hidden.size === 0 && unread.length === 0) return (entry) => entry
  const byKey = new Map(versions.map((entry) => [entry.key, entry]))
  const { silenced, engines } = npmMarks(listed(overlaid, visibility, unread), {
    enginesOf: (key) => JSON.parse(byKey.get(key)?.engines ?? 'null'),
    isDeprecated: (key) => ownEntry(record.versions, byKey.get(key)?.version ?? '')?.withdrawn != null,
  })
  return (entry) => {
    const { key, version } = entry
    if (silenced.has(key)) return { ...entry, deprecated: null }
    const why = whyHidden({ version }, visibility, { staged, statusUrl: links.statusUrl })
    if (why === null) return entry
    const carried = engines.get(key)
    return {
      deprecated: JSON.stringify(why),
      engines: carried === undefined ? entry.engines : JSON.stringify(carried),
    }
  }
}

/** What clients may take from the document, ascending; what only they can read stands behind what everybody reads so. */
function listed(
  { record, versions }: OverlaidPackument,
  { hidden, blocked }: Visibility,
  unread: readonly PackumentVersion[],
): readonly ListedVersion[] {
  const keys = new Map(versions.map(({ key, version }) => [version, key]))
  const read = sortedVersions(record).flatMap(({ version }) => {
    const key = keys.get(version)
    return key === undefined || blocked.has(version) ? [] : [{ key, version, hidden: hidden.has(version) }]
  })
  const guessed = unread.flatMap(({ key }) => {
    const version = looseVersion(key)
    return version === null ? [] : [{ key, version, hidden: true }]
  })
  if (guessed.length === 0) return read
  const { compare } = schemeOf('npm')
  return [...read, ...guessed].sort((a, b) => compare(a.version, b.version))
}

function versionText(
  entry: PackumentVersion,
  { deprecated, engines }: VersionMarks,
  links: OverlaidLinks,
  form: Form,
): string {
  const { tarball } = entry
  const dist =
    entry.dist === null || tarball === null
      ? entry.dist
      : withMember(entry.dist, 'tarball', JSON.stringify(links.fileUrl(entry.file, tarball)))
  const withDist = dist === null ? entry[form] : withMember(entry[form], 'dist', `${dist}}`)
  const withEngines = engines === null ? withDist : withMember(withDist, 'engines', engines)
  return `${deprecated === null ? withEngines : withMember(withEngines, 'deprecated', deprecated)}}`
}

/** Two objects as JSON without their closing braces as one. */
function joined(one: string, other: string): string {
  if (other === '{') return one
  return one === '{' ? other : `${one},${other.slice(1)}`
}

/** Adds a member to JSON without its closing brace. */
function withMember(text: string, member: string, json: string): string {
  return `${text}${text === '{' ? '' : ','}"${member}":${json}`
}

/** `modified` moves on when a rollout changed something; nothing else here ever does. */
function timesOf(overlaid: OverlaidPackument, visibility: Visibility): Readonly<Record<string, unknown>> {
  const blocked = new Set(
    overlaid.versions.filter((entry) => isBlocked(entry, visibility)).map(({ key }) => key),
  )
  const times = Object.entries(overlaid.time).filter(([key]) => !blocked.has(key))
  if (visibility.changedAt <= overlaid.record.modifiedAt) return Object.fromEntries(times)
  return { ...Object.fromEntries(times), modified: isoTime(visibility.changedAt) }
}

function isBlocked({ version }: PackumentVersion, { blocked }: Visibility): boolean {
  return version !== null && blocked.has(version)
}
