import { showValue } from '../versions/problem.ts'
import type { Fault, SettingPath } from './fault.ts'
import { isMapping, valueFault } from './fault.ts'

/** A fault for every part of a dependent's offer that a later step brings. */
export function laterOfferFaults(offer: unknown, path: SettingPath): Fault[] {
  if (!isMapping(offer)) return []
  const expected = 'dispatch or pull; observe is not supported yet'
  return offer.mode === 'observe' ? [valueFault([...path, 'mode'], offer.mode, expected)] : []
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
