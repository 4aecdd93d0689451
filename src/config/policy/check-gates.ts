import { opensAt } from '../../gates/kinds/window.ts'
import { parseDuration } from '../reading/duration.ts'
import type { Fault, SettingPath } from '../reading/fault.ts'
import { isMapping, valueFault } from '../reading/fault.ts'
import { windowEntry } from './gate-entries.ts'
import { windowRule } from './resolve-gates.ts'

/** What no single setting of the gates can break: windows that never open, bakes and harms that cannot be met. */
export function gateFaults(entry: Readonly<Record<string, unknown>>, path: SettingPath): Fault[] {
  const stages = Array.isArray(entry.stages) ? entry.stages : []
  return [
    ...(entry.window === 'always' ? [] : windowFaults(entry.window, [...path, 'window'])),
    ...faultsOf(entry.gates, [...path, 'gates']),
    ...stages.flatMap((stage, index) => {
      if (!isMapping(stage)) return []
      const at = [...path, 'stages', index]
      return [...faultsOf(stage.gates, [...at, 'gates']), ...bakeFaults(stage, at)]
    }),
  ]
}

function faultsOf(gates: unknown, path: SettingPath): Fault[] {
  if (!isMapping(gates)) return []
  const harm = isMapping(gates.exposure) ? gates.exposure.maxHarm : undefined
  return [
    ...windowFaults(gates.window, [...path, 'window']),
    ...(harm === 0
      ? [
          valueFault(
            [...path, 'exposure', 'maxHarm'],
            harm,
            'more than 0, no number of runs rules out any harm',
          ),
        ]
      : []),
  ]
}

function windowFaults(window: unknown, path: SettingPath): Fault[] {
  const read = windowEntry.safeParse(window)
  if (!read.success || opensAt(windowRule(read.data), 0) !== null) return []
  const given = isMapping(window) ? window.notBetween : window
  return [valueFault([...path, 'notBetween'], given, 'spans that leave some time of the week for raises')]
}

/** A mapping says some time or runs, and `most` and `least` together, the lesser one below the other. */
function bakeFaults(stage: Readonly<Record<string, unknown>>, path: SettingPath): Fault[] {
  return [...runsFaults(stage, path), ...spanFaults(stage.bake, [...path, 'bake'])]
}

function spanFaults(bake: unknown, path: SettingPath): Fault[] {
  if (!isMapping(bake)) return []
  const { time, runs, most, least } = bake
  if (most === undefined && least === undefined) {
    const expected = 'runs, such as { time: 24h, runs: 59 }, or both of most and least'
    return runs === undefined ? [valueFault(path, bake, expected)] : []
  }
  if (most === undefined || least === undefined)
    return [valueFault(path, bake, 'most and least together, such as { most: 24h, least: 4h }')]
  if (time !== undefined) return [valueFault([...path, 'time'], time, 'time, or most and least, not both')]
  const [longest, shortest] = [most, least].map((text) => parseDuration(String(text)))
  if (!longest?.ok || !shortest?.ok || shortest.value <= longest.value) return []
  return [valueFault([...path, 'least'], least, `at most ${String(most)}, the most of this bake`)]
}

/** Runs with the candidate need somebody who sees it. */
function runsFaults(stage: Readonly<Record<string, unknown>>, path: SettingPath): Fault[] {
  const { bake, percent, groups } = stage
  const runs = isMapping(bake) ? bake.runs : undefined
  const nobody = percent === 0 && !(Array.isArray(groups) && groups.length > 0)
  if (runs === undefined || !nobody) return []
  return [
    valueFault(
      [...path, 'bake', 'runs'],
      runs,
      'no runs at 0 percent without groups: nobody has the candidate',
    ),
  ]
}
