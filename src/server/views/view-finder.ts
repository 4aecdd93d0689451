import type { IncomingMessage } from 'node:http'
import { lastTurn } from '../../calendar/turns.ts'
import type { View } from '../../catalog/views/view.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { suspectOf } from '../../gates/canaries/bisect.ts'
import type { Clock } from '../../ports/clock.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { RequestPath } from '../http/request-path.ts'
import type { ProxyProblem } from './proxy-notices.ts'
import { createViewOfRequest, type FoundView, type ViewRules } from './view-of-request.ts'

/** Which view a request gets, and why. */
export interface ViewFinder {
  /** The path decides; without a prefix, and for whose bucket counts in a channel, credentials, user agent and address do. */
  find(request: IncomingMessage, path: RequestPath): FoundView
  /**
   * The same for npm documents, where `?write=true` gets the stored document: npm reads it, changes
   * it and puts it back. Who asks makes no difference: a publish token in somebody's settings is sent with reads, too.
   */
  findNpm(request: IncomingMessage, path: RequestPath): FoundView
}

/** Builds the finder from the operator's rules. `onProxy` hears of requests whose address a proxy hides. */
export function createViewFinder(
  rules: ViewRules,
  engine: Pick<RolloutReader, 'canaryOfNonce' | 'find'>,
  clock: Clock,
  onProxy?: (found: ProxyProblem) => void,
): ViewFinder {
  const byAsker = createViewOfRequest(rules, onProxy)
  const find = (request: IncomingMessage, { view }: RequestPath): FoundView => {
    if (view?.kind === 'arm') return { view: withSuspect(engine, view), by: 'path' }
    if (view !== null && view.kind !== 'channel') return { view, by: view.kind === 'cohort' ? 'key' : 'path' }
    const asker = byAsker({ headers: request.headers, remoteAddress: request.socket.remoteAddress })
    if (view === null) return asker
    const turned = view.every === undefined ? {} : { turnedAt: lastTurn(view.every, clock.now()) }
    const key = asker.view.kind === 'cohort' ? asker.view.key : null
    return { view: { ...view, ...turned, key }, by: 'path' }
  }
  const findNpm = (request: IncomingMessage, path: RequestPath): FoundView => {
    return /[?&]write=true(?:&|$)/.test(path.query) ? asStored : find(request, path)
  }
  return { find, findNpm }
}

const asStored: FoundView = { view: { kind: 'source' }, by: 'path' }

/** The nonce of a search says which release its run tests; other nonces say nothing about what is shown. */
function withSuspect(
  engine: Pick<RolloutReader, 'canaryOfNonce' | 'find'>,
  view: View & { readonly kind: 'arm' },
): View {
  const behind = view.nonce === null ? null : engine.canaryOfNonce(view.rollout, view.nonce)
  if (behind === null) return view
  const canary = ownEntry(engine.find(view.rollout)?.canaries ?? {}, behind.canary)
  const suspect = canary === undefined ? null : suspectOf(canary, behind.try)
  return suspect === null ? view : { ...view, suspect }
}
