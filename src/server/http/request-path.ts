import { parseTurns, turnsExpected } from '../../calendar/turns.ts'
import type { View } from '../../catalog/views/view.ts'
import { parseViewId } from '../../catalog/views/view-id.ts'
import { parseCohortKey } from '../../cohort/cohort-key.ts'
import { parseNpmTarget } from '../npm/npm-target.ts'
import { remember } from '../views/remember.ts'
import type { HttpProblem } from './problem.ts'

const rolloutPattern = /^ro-[a-z2-7]{16}$/
const channelPattern = /^[a-z][a-z0-9-]{0,31}$/
const viewIdExpected =
  'stable, or ids of rollouts without ro-, ascending and joined by dots, as Slipway-View says it'
const noncePattern = /^[A-Za-z0-9_-]{1,128}$/

/** A request path, taken apart once: the view its prefix names and what is asked for below it. */
export interface RequestPath {
  /** The view that the prefix names; null without a prefix. */
  readonly view: View | null
  /** The prefix that file URLs carry: empty, except under a nonce. */
  readonly filePrefix: string
  /** Path below the prefix; an npm scope is always spelled `@scope/name` here. */
  readonly rest: string
  /** Query with its `?`, or empty. */
  readonly query: string
}

export type ParsedPath =
  | { readonly ok: true; readonly path: RequestPath }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Splits a request target into view prefix, rest and query. Problems never repeat a key. */
export function parseRequestPath(requestTarget: string): ParsedPath {
  // With keys there are too many targets to remember.
  return requestTarget.startsWith('/as/') ? parseTarget(requestTarget) : parseKnownTarget(requestTarget)
}

function parseTarget(requestTarget: string): ParsedPath {
  // Proxies may name scheme and host as well (RFC 9112, section 3.2.2).
  const target = requestTarget.replace(/^https?:\/\/[^/?#]*/i, '')
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  if (isAmbiguous(path)) return ambiguous
  const query = mark < 0 ? '' : target.slice(mark)
  const whole = (view: View | null, filePrefix: string, rest: string): ParsedPath => ({
    ok: true,
    path: { view, filePrefix, rest: withPlainScope(belowNpm(rest)), query },
  })
  // Below no prefix comes such an address: it is the tarball of a package that is called as a prefix is.
  if (rootTarball.test(path)) return whole(null, '', `/npm${path}`)
  const segments = path.split('/', 6)
  switch (segments[1]) {
    case 'as':
      return parseKeyed(path, segments[2], whole)
    case 'channel': {
      const channel = segments[2]
      if (channel === undefined || !channelPattern.test(channel)) {
        return unknown(
          'channel',
          channel,
          'stable, candidate or a channel of small letters, digits and dashes',
        )
      }
      const prefix = `/channel/${channel}`
      if (segments[3] === 'every') return parseCadence(path, prefix, channelView(channel), segments[4], whole)
      return whole(channelView(channel), '', path.slice(prefix.length))
    }
    case 'view': {
      const id = segments[2] ?? ''
      const ids = parseViewId(id)
      if (ids === null) return unknown('view', id, viewIdExpected)
      return whole({ kind: 'rollouts', ids }, '', path.slice(`/view/${id}`.length))
    }
    case 'arm':
      return parseArm(path, segments, whole)
    default:
      return whole(null, '', path)
  }
}

/** `/npm/-/npm-11.0.0.tgz`, `/as/-/as-0.4.1.tgz`: see `belowNpm`. */
const rootTarball = /^\/([^/@]+)\/-\/\1-[^/]+\.tgz$/

/** Whose channel it is says the request, not its path. */
function channelView(channel: string): View {
  if (channel === 'candidate') return { kind: 'candidate' }
  return channel === 'stable' ? { kind: 'stable', finals: true } : { kind: 'channel', channel, key: null }
}

/** `/every/2-months` behind a channel. */
function parseCadence(
  path: string,
  prefix: string,
  view: View,
  given: string | undefined,
  whole: Whole,
): ParsedPath {
  const every = parseTurns(given ?? '')
  if (every === null) return unknown('every', given, turnsExpected)
  if (view.kind !== 'channel') return unknown('channel', prefix.slice('/channel/'.length), 'one of a stream')
  return whole({ ...view, every }, '', path.slice(`${prefix}/every/${given}`.length))
}

const parseKnownTarget = remember(10_000, parseTarget)

/**
 * A router tidies up dot segments, backslashes and fragments. What is decided here must be decided on the same
 * path, so an address that could be read in two ways is refused. Clients tidy up before they send.
 */
function isAmbiguous(path: string): boolean {
  return /[\\#]|\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path)
}

const ambiguous: ParsedPath = {
  ok: false,
  problem: {
    status: 400,
    detail: 'The address holds a dot segment, a backslash or a fragment, expected a plain path.',
    expected: 'a plain path',
  },
}

type Whole = (view: View | null, filePrefix: string, rest: string) => ParsedPath

function parseKeyed(path: string, segment: string | undefined, whole: Whole): ParsedPath {
  const key = parseCohortKey(decodeOnce(segment ?? '') ?? '')
  if (!key.ok) {
    const { expected } = key.problem
    const detail = `The cohort key in the address is not valid, expected ${expected}.`
    return { ok: false, problem: { status: 400, detail, field: 'key', expected } }
  }
  return whole({ kind: 'cohort', key: key.value }, '', path.slice('/as/'.length + (segment ?? '').length))
}

function parseArm(path: string, segments: readonly string[], whole: Whole): ParsedPath {
  const [, , rollout = '', arm, next] = segments
  if (!rolloutPattern.test(rollout))
    return unknown('rollout', rollout, 'a rollout id such as ro-abcdefghij234567')
  if (arm !== 'candidate' && arm !== 'baseline') return unknown('arm', arm, 'candidate or baseline')
  const prefix = `/arm/${rollout}/${arm}`
  if (next === undefined || next === 'npm' || next === 'pypi') {
    return whole({ kind: 'arm', rollout, arm, nonce: null }, '', path.slice(prefix.length))
  }
  if (!noncePattern.test(next)) return unknown('nonce', next, 'the nonce as it was given to the run')
  const filePrefix = `${prefix}/${next}`
  return whole({ kind: 'arm', rollout, arm, nonce: next }, filePrefix, path.slice(filePrefix.length))
}

function unknown(field: string, value: string | undefined, expected: string): ParsedPath {
  const shown = (value ?? '').slice(0, 200)
  const detail = `${field}: got ${JSON.stringify(shown)}, expected ${expected}.`
  return { ok: false, problem: { status: 404, detail, field, value: shown, expected } }
}

/**
 * Some commands of npm (`pack`, `cache add`, `diff`) put the registry's host into a tarball's address and leave its
 * path out, so tarballs are answered at the root as well.
 */
function belowNpm(rest: string): string {
  if (/^\/(?:npm|pypi|api)\//.test(rest) || !/\.tgz$|^\/download\//.test(rest)) return rest
  const below = `/npm${rest}`
  return parseNpmTarget(below).kind === 'tarball' ? below : rest
}

/** `/npm/@s%2fp` and `/npm/%40s%2Fp` become `/npm/@s/p`: npm clients use all of them. */
function withPlainScope(rest: string): string {
  if (!rest.startsWith('/npm/') || !/[@%]/.test(rest)) return rest
  return rest.replace(/^\/npm\/(-\/package\/)?(?:@|%40)([^/%]+)(?:\/|%2f)/i, '/npm/$1@$2/')
}

function decodeOnce(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
