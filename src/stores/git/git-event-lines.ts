import type { StoredEvent } from '../../ports/event-store.ts'
import type { RecordedEvent } from '../../rollout/history/event.ts'
import type { LoggedStream } from './git-log.ts'

/** The events of a stream as a file: one a line, in order, each with its position over all streams. */
export function writeEventLines(events: readonly StoredEvent[]): string {
  return events.map(({ position, event }) => `${JSON.stringify({ position, event })}\n`).join('')
}

/** Throws when the file does not hold what the log says. What stands in the events is checked by their chain. */
export function readEventLines(
  stream: string,
  text: string,
  { count }: Pick<LoggedStream, 'count'>,
): readonly StoredEvent[] {
  const lines = text.split('\n').slice(0, -1)
  if (lines.length !== count) {
    throw new Error(`refs/slipway/${stream}: got ${lines.length} events, expected the ${count} of the log`)
  }
  return lines.map((line, version) => {
    const { position, event } = JSON.parse(line) as { position: number; event: RecordedEvent }
    return { stream, version, position, event }
  })
}

/** What a commit says of one event; the words of people and gates stand below, where they can break nothing. */
export function eventMessage(stream: string, { version, event }: StoredEvent): string {
  const what = event.type.replaceAll('-', ' ')
  const detail = event.type === 'stage-entered' ? ` ${event.index}` : ''
  const who = 'login' in event.actor ? `by ${event.actor.login}` : `by the ${event.actor.kind}`
  const reason = event.reason.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim()
  return [`${stream} ${version}: ${what}${detail}`, '', who, ...(reason === '' ? [] : ['', reason])].join(
    '\n',
  )
}
