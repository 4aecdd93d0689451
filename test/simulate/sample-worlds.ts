import { hash } from 'node:crypto'
import { defaultCanaries, defaultPolicy } from '../../src/config/policy/profiles.ts'
import type { CanariesRule, Policy, StageGates } from '../../src/gates/policy.ts'
import { type Assumptions, standardAssumptions } from '../../src/simulate/assumptions.ts'
import { drawWorld, type World } from '../../src/simulate/world.ts'

export const sha256 = (text: string): Uint8Array => hash('sha256', text, 'buffer')

/** Nothing goes wrong by itself: no flakes, outages, false alarms, caps, broken suites or bad releases. */
const CALM: Partial<Assumptions> = {
  bad: 0,
  flake: 0,
  red: 0,
  capped: 0,
  infra: 0,
  history: 0,
  outages: 0,
  'false-alarms': 0,
  intermittent: 0,
  reports: 0,
}

/** Assumptions of a world without trouble, except for what is named. */
export function calm(changes: Partial<Assumptions> = {}): Assumptions {
  return { ...standardAssumptions(), users: 50, ...CALM, ...changes }
}

export function worldOf(assumed: Assumptions, number = 0, seed = 1): World {
  return drawWorld(seed, number, assumed, sha256)
}

/** The standard ladder with these gates at every stage. */
export function policyWith(gates: StageGates): Policy {
  const policy = defaultPolicy('standard', null)
  return { ...policy, stages: policy.stages.map((stage) => ({ ...stage, gates })) }
}

export const canaryRule = (changes: Partial<CanariesRule>): CanariesRule => ({
  ...defaultCanaries,
  ...changes,
})
