import { showValue } from '../versions/problem.ts'
import type { Fault, SettingPath } from './fault.ts'
import { isMapping, valueFault } from './fault.ts'

/** Keys of the file format that this version does not act on. They are refused by name, never ignored. */
const laterReleaseKeys = ['window']
const laterGates = ['checks', 'exposure', 'window', 'http']

/** A fault for every key in use that a later step brings. Works on any document, also a broken one. */
export function laterFaults(policy: unknown, path: SettingPath): Fault[] {
  if (!isMapping(policy)) return []
  const stages = Array.isArray(policy.stages) ? policy.stages : []
  return [
    ...presentKeys(policy, laterReleaseKeys, path),
    ...laterGateFaults(policy.gates, [...path, 'gates']),
    ...stages.flatMap((stage, index) =>
      isMapping(stage) ? laterGateFaults(stage.gates, [...path, 'stages', index, 'gates']) : [],
    ),
  ]
}

/** A fault for every part of a dependent's offer that a later step brings. */
export function laterOfferFaults(offer: unknown, path: SettingPath): Fault[] {
  if (!isMapping(offer)) return []
  const expected = 'dispatch or pull; observe is not supported yet'
  return offer.mode === 'observe' ? [valueFault([...path, 'mode'], offer.mode, expected)] : []
}

function laterGateFaults(gates: unknown, path: SettingPath): Fault[] {
  if (!isMapping(gates)) return []
  const named = gates.advisories === true ? ['advisories'] : []
  return presentKeys(gates, [...laterGates, ...named], path)
}

/** A fault for each of the keys that a mapping holds: not supported yet. */
export function presentKeys(
  mapping: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  path: SettingPath,
): Fault[] {
  return keys
    .filter((key) => Object.hasOwn(mapping, key))
    .map((key) => ({
      path: [...path, key],
      about: 'key' as const,
      value: showValue(mapping[key]),
      expected: 'this key to be left out, it is not supported yet',
      nearest: null,
    }))
}
