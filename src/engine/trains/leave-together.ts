import {
  carriedBy,
  type Departure,
  departureOf,
  gatheringsOf,
  type Train,
} from '../../rollout/trains/departure.ts'
import { type Awaited, awaitedBy, departureTime } from '../../rollout/trains/departure-time.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { type HostedFile, hostedFiles, worldOf } from '../starting/known-packages.ts'
import type { StartRequest } from '../starting/start-request.ts'
import { seatOf } from './train-seat.ts'

type Core = Pick<EngineCore, 'parts' | 'memory' | 'broken'>

/** A start with all that leaves with it. */
export interface WholeStart extends StartRequest {
  /** Null: its packages are in none, or nobody could say it. */
  readonly train: Train | null
  /** Present where there is a train. */
  readonly departure?: Departure
}

/**
 * The start of a package of a train is that of all which gathered for it. A policy that came with the request or with
 * the reservation is no train's.
 */
export async function withTrain(core: Core, request: StartRequest): Promise<WholeStart> {
  const [first = ''] = request.releases
  const reserved = core.memory.find(first)
  const given = request.policy !== null || (reserved?.startedAt === null && reserved.policy !== null)
  if (given || request.kin !== undefined) return { ...request, train: null }
  const seat = await seatOf(core, first)
  const train = seat.known ? seat.train : null
  return train === null ? { ...request, train } : leavingNow(core, { ...request, train }, train)
}

/** The same with what is here at this moment. */
export async function leavingNow(core: Core, start: WholeStart, train: Train): Promise<WholeStart> {
  const departure = await departureNow(core, start, train)
  return { ...start, departure, releases: departure.releases }
}

async function departureNow(
  core: Core,
  { releases, restart }: StartRequest,
  train: Train,
): Promise<Departure> {
  const world = worldOf(core.memory, train.packages)
  if (restart) {
    const carried = carriedBy(releases, train, world)
    return { rollout: null, releases, leftOut: [], carried, absorbs: [] }
  }
  const hosted = new Set((await gatheredFiles(core, train, releases)).map(({ release }) => release))
  return departureOf(releases, train, world, (release) => hosted.has(release))
}

/** The files of these releases and of all that are reserved for the train. */
async function gatheredFiles(
  { memory, parts }: Core,
  train: Train,
  releases: readonly ReleaseId[],
): Promise<readonly HostedFile[]> {
  const reserved = gatheringsOf(train, worldOf(memory, train.packages))
  const candidates = reserved.flatMap(({ members }) => members.map(({ candidate }) => candidate))
  return hostedFiles(parts.packages, [...new Set([...releases, ...candidates])])
}

/** When what gathered with these releases leaves, and what it waits for until then. */
export interface Gathering {
  readonly departure: Departure
  /** Null: nothing of it is here yet. */
  readonly at: number | null
  readonly awaited: Awaited
}

export async function gatheringOf(
  core: Core,
  releases: readonly ReleaseId[],
  train: Train,
  settleOf: (release: ReleaseId) => number,
): Promise<Gathering> {
  const files = await gatheredFiles(core, train, releases)
  const hosted = new Set(files.map(({ release }) => release))
  const world = worldOf(core.memory, train.packages)
  const departure = departureOf(releases, train, world, (release) => hosted.has(release))
  const own = files.filter(({ release }) => departure.releases.includes(release))
  const at = departureTime(train, own, settleOf)
  const members = [...departure.releases, ...departure.leftOut]
  return { departure, at, awaited: awaitedBy(train, members, own, at) }
}

/** The packages that a departure is about. */
export function packagesLeaving({ releases, departure }: WholeStart) {
  const all = [...releases, ...(departure?.carried ?? [])]
  return [...new Set(all.map((release) => packageIdOf(release)))]
}
