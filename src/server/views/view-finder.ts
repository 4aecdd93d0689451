import type { IncomingMessage } from 'node:http'
import { lastTurn } from '../../calendar/turns.ts'
import type { View } from '../../catalog/views/view.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { suspectOf } from '../../gates/canaries/bisect.ts'
import type { Clock } from '../../ports/clock.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { RequestPath } from '../http/request-path.ts'
import { createViewOfRequest, type ViewRules } from './view-of-request.ts'

/** Which view a request gets. */
export interface ViewFinder {
  /** The path decides; without a prefix, and for whose bucket counts in a channel, credentials, user agent and address do. */
  of(request: IncomingMessage, path: RequestPath): View
  /**
   * The same for npm documents, where `?write=true` gets the stored document: npm reads it, changes
   * it and puts it back. Who asks makes no difference: a publish token in somebody's settings is sent with reads, too.
   */
  ofNpm(request: IncomingMessage, path: RequestPath): View
}

/** Builds the finder from the operator's rules. */
export function createViewFinder(
  rules: ViewRules,
  engine: Pick<RolloutReader, 'canaryOfNonce' | 'find'>,
  clock: Clock,
): ViewFinder {
  const byAsker = createViewOfRequest(rules)
  const of = (request: IncomingMessage, { view }: RequestPath): View => {
    if (view?.kind === 'arm') return withSuspect(engine, view)
    if (view !== null && view.kind !== 'channel') return view
    const asker = byAsker({ headers: request.headers, remoteAddress: request.socket.remoteAddress })
    if (view === null) return asker
    const turned = view.every === undefined ? {} : { turnedAt: lastTurn(view.every, clock.now()) }
    return { ...view, ...turned, key: asker.kind === 'cohort' ? asker.key : null }
  }
  const ofNpm = (request: IncomingMessage, path: RequestPath): View => {
    return /[?&]write=true(?:&|$)/.test(path.query) ? { kind: 'source' } : of(request, path)
  }
  return { of, ofNpm }
}

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
