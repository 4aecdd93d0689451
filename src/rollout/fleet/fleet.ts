import type { ExposureFact } from '../../gates/exposure-fact.ts'

/** What the machines that report have said about one rollout. */
export interface Fleet {
  /** Machines that tested anything in it. */
  readonly machines: number
  /** Those that run the candidate: their tests passed with it. */
  readonly running: number
  /** Those whose test failed with the candidate, and passed with what they had before. */
  readonly failed: number
  /** By the ring they named, the others last; only where a machine named one. */
  readonly rings: readonly (Omit<Fleet, 'rings'> & { readonly ring: string | null })[]
}

/** Keyed hashes of machines begin so; what fails after the counts of a machine were closed stands beside them. */
export const machinePrefix = 'm-'
const lateSuffix = '~late'

/** Where a failure is kept that came when the counts for the statistics were closed. */
export const lateCluster = (cluster: string): string => `${cluster}${lateSuffix}`

/** A machine that was let go ahead and never said how it went has died on the way; its test lasts an hour at most. */
const claimMs = 2 * 60 * 60 * 1000

interface Machine {
  ring: string | null
  passed: boolean
  failed: boolean
  tested: boolean
}

/** The fleet of a rollout, as far as it reports. */
export function fleetOf(exposures: Readonly<Record<string, ExposureFact>>): Fleet {
  const machines = [...machinesOf(exposures).values()].filter(({ tested }) => tested)
  const names = [...new Set(machines.flatMap(({ ring }) => (ring === null ? [] : [ring])))].sort()
  const rings = names.length === 0 ? [] : [...names, null]
  return {
    ...counted(machines),
    rings: rings.map((ring) => ({ ring, ...counted(machines.filter((machine) => machine.ring === ring)) })),
  }
}

/**
 * Whether a machine may take the candidate up: not while it is known to have failed on more machines than
 * `failures`, and the first one goes alone. What goes before whom is the order in which they asked.
 */
export function mayTakeUp(
  exposures: Readonly<Record<string, ExposureFact>>,
  asker: { readonly cluster: string; readonly failures: number },
  now: number,
): 'yes' | 'failed' | 'wait' {
  const { failed, running } = fleetOf(exposures)
  if (failed > asker.failures) return 'failed'
  if (running > 0) return 'yes'
  const first = Object.values(exposures).find(
    ({ cluster, runs, since }) => isMachine(cluster) && runs === 0 && now < since + claimMs,
  )
  return first === undefined || first.cluster === asker.cluster ? 'yes' : 'wait'
}

const isMachine = (cluster: string): boolean => cluster.startsWith(machinePrefix)

function machinesOf(exposures: Readonly<Record<string, ExposureFact>>): ReadonlyMap<string, Machine> {
  const machines = new Map<string, Machine>()
  for (const { cluster, arm, runs, failures, ring } of Object.values(exposures)) {
    if (!isMachine(cluster)) continue
    const name = cluster.endsWith(lateSuffix) ? cluster.slice(0, -lateSuffix.length) : cluster
    const machine = machines.get(name) ?? { ring: null, passed: false, failed: false, tested: false }
    machines.set(name, machine)
    machine.ring ??= ring ?? null
    machine.tested ||= runs > 0
    machine.failed ||= arm === 'candidate' && failures > 0
    machine.passed ||= arm === 'candidate' && runs > failures
  }
  return machines
}

function counted(machines: readonly Machine[]): Omit<Fleet, 'rings'> {
  const failed = machines.filter((machine) => machine.failed).length
  const running = machines.filter((machine) => machine.passed && !machine.failed).length
  return { machines: machines.length, running, failed }
}
