import { formatReleaseId, parseReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'

/** What a command's first word names: a rollout or release by its id, or a version to be found among the releases here. */
export type CommandTarget =
  | { readonly kind: 'id'; readonly id: string }
  /** `1.1.0`, `v1.1.0`, `demo@1.1.0`, `demo==1.1.0`, `demo-v1.1.0`: as it was written. */
  | { readonly kind: 'version'; readonly text: string }

const rolloutPattern = /^ro-[a-z2-7]{16}$/i
const purlPattern = /^pkg:(npm|pypi)\/([^?#]+)/i
const releasePattern = /^(npm|pypi):/i
const taggedPattern = /^(?:refs\/tags\/)?(?:@?[\w.-]+\/)?[\w.@-]*?(?:@|==|[-/_]v(?=\d))([vV]?\d[\w.!+-]*)$/
const dottedPattern = /^(?:[vV=]\.?)?(?:\d+!)?\d+\.\d+/
const shortPattern = /^[vV]\d/

/** Whether either ecosystem reads it as a version. */
function isVersion(text: string): boolean {
  const bare = text.replace(/^=/, '').replace(/^[vV]\.?/, '')
  return schemeOf('npm').normalize(bare) !== null || schemeOf('pypi').normalize(bare) !== null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A release id, in normal form where it can be read; what cannot is found nowhere and refused by that name. */
function releaseTarget(ecosystem: string, rest: string): CommandTarget {
  const text = `${ecosystem.toLowerCase()}:${rest}`
  const parsed = parseReleaseId(text)
  return { kind: 'id', id: parsed.ok ? formatReleaseId(parsed.value) : text }
}

/**
 * Reads the first word after a command as what it is about; null where it is none and belongs to the reason. What
 * reads as a version or a release is never a reason: "rollback 1.0.0" on the issue of 1.1.0 must not take back 1.1.0.
 */
export function readTarget(word: string): CommandTarget | null {
  const text = word.replace(/^[("'`“«[]+/, '').replace(/[,;:.!?)"'`”»\]]+$/, '')
  if (rolloutPattern.test(text)) return { kind: 'id', id: text.toLowerCase() }
  const purl = purlPattern.exec(text)
  if (purl !== null) return releaseTarget(purl[1] ?? '', decoded(purl[2] ?? ''))
  const release = releasePattern.exec(text)
  if (release !== null) return releaseTarget(release[1] ?? '', text.slice(release[0].length))
  const tagged = taggedPattern.exec(text)?.[1]
  const version = tagged ?? (dottedPattern.test(text) || shortPattern.test(text) ? text : null)
  return version !== null && isVersion(version) ? { kind: 'version', text } : null
}
