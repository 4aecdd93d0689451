import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { readTimeline } from './read-timeline.ts'
import { type Replayed, replayTimeline } from './replay-timeline.ts'

const hourMs = 3_600_000

/** A slow library, one with patches within hours, and one that releases several times a day. */
export const PACKAGES = ['pypi:requests', 'npm:semantic-release', 'npm:renovate'] as const

/** What an `adopt` rule says beside its `match`. */
export const SETTINGS = [
  ['nothing', ''],
  ['`policy: { profile: rapid }`', ', policy: { profile: rapid }'],
  ['`policy: { onNewer: overtake }`', ', policy: { onNewer: overtake }'],
  ['`… onNewer: overtake, line: package`', ', policy: { onNewer: overtake, line: package }'],
  ['`cadence: monthly`', ', cadence: monthly'],
] as const

/** Replays a package by a rule. */
export function replay(id: string, setting: string): Promise<Replayed> {
  return replayTimeline(readTimeline(id), `{ match: "*"${setting} }`)
}

/** The table of docs/policy.md. */
export async function replayTable(): Promise<string> {
  const head = [
    'package',
    'releases',
    'the rule says',
    'begun',
    'reach everybody',
    'after (median)',
    'the slowest',
    'longest wait for any',
    'live at once',
    'versions a user gets',
    'steps back',
  ]
  const rows: (readonly string[])[] = []
  for (const id of PACKAGES) {
    for (const [name, setting] of SETTINGS) rows.push(rowOf(id, name, await replay(id, setting)))
  }
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

function rowOf(id: string, name: string, replayed: Replayed): readonly string[] {
  const { rollouts, mostLive, installed } = replayed
  const done = rollouts.filter(({ end }) => end?.kind === 'completed')
  const times = done.map(({ startedAt, end }) => (end?.at ?? 0) - (startedAt ?? 0)).sort((a, b) => a - b)
  const counts = installed.map((versions) => versions.length - 1)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return [
    id,
    String(readTimeline(id).releases.length - 1),
    name,
    String(rollouts.length),
    String(done.length),
    sayHours(times[Math.floor(times.length / 2)] ?? 0),
    sayHours(times.at(-1) ?? 0),
    sayHours(longestWait(rollouts)),
    String(mostLive),
    least === most ? String(least) : `${least} to ${most}`,
    String(stepsBack(id, replayed)),
  ]
}

/** The longest time in which something was live and nothing reached everybody, ms. */
export function longestWait(rollouts: readonly RolloutState[]): number {
  const moments = rollouts.flatMap(({ startedAt, end }) => [
    { at: startedAt ?? 0, live: 1, completes: false },
    ...(end === null ? [] : [{ at: end.at, live: -1, completes: end.kind === 'completed' }]),
  ])
  let [live, since, longest] = [0, 0, 0]
  for (const moment of moments.sort((a, b) => a.at - b.at || b.live - a.live)) {
    if (live === 0) since = moment.at
    live += moment.live
    if (live === 0 || moment.completes) longest = Math.max(longest, moment.at - since)
    if (moment.completes) since = moment.at
  }
  return longest
}

/** How often a user was given an older final than the one before, over all users. */
export function stepsBack(id: string, { installed }: Replayed): number {
  const { compare } = schemeOf(id.startsWith('npm:') ? 'npm' : 'pypi')
  return installed
    .flatMap((versions) => versions.slice(1).map((version, index) => compare(version, versions[index] ?? '')))
    .filter((order) => order < 0).length
}

function sayHours(ms: number): string {
  const hours = Math.round(ms / hourMs)
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} d`
}
