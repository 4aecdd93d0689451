import { type Fault, isMapping, type SettingPath, valueFault } from '../reading/fault.ts'
import { nearestWord } from '../reading/nearest-word.ts'

type Mapping = Readonly<Record<string, unknown>>

/** What no single setting of streams and series can break. `entry` may be of any shape. */
export function streamFaults(entry: Mapping, path: SettingPath): Fault[] {
  const streams = isMapping(entry.streams) ? entry.streams : {}
  const at = [...path, 'streams']
  return [
    ...Object.entries(streams).flatMap(([name, stream]) =>
      isMapping(stream)
        ? [
            ...referenceFaults(stream, streams, [...at, name]),
            ...kindFaults(stream, [...at, name]),
            ...channelFaults(stream, [...at, name]),
          ]
        : [],
    ),
    ...repeatedMatches(streams, at),
    ...seriesFaults(entry, streams, path),
  ]
}

/** Names of other streams: `of`, `pauseDuring`, `after.stream`. */
function referenceFaults(stream: Mapping, streams: Mapping, path: SettingPath): Fault[] {
  const after = isMapping(stream.after) ? stream.after.stream : undefined
  const given = [
    [[...path, 'of'], stream.of],
    [[...path, 'pauseDuring'], stream.pauseDuring],
    [[...path, 'after', 'stream'], after],
  ] as const
  const known = Object.keys(streams)
  return given.flatMap(([at, name]) => {
    if (typeof name !== 'string' || known.includes(name)) return []
    return [valueFault(at, name, `one of the streams ${known.join(', ')}`, nearestWord(name, known))]
  })
}

/** A stream has versions of its own or maintains another's, and its calendar rules fit together. */
function kindFaults(stream: Mapping, path: SettingPath): Fault[] {
  if ((stream.match === undefined) === (stream.of === undefined)) {
    const expected =
      'match for a stream with versions of its own, or of for maintenance releases, and not both'
    return [valueFault([...path, 'match'], stream.match, expected)]
  }
  const counted = stream.count !== undefined || stream.length !== undefined || stream.every !== undefined
  if (!counted) return []
  const missing = ['length', 'count'].filter((key) => stream[key] === undefined)
  const both =
    stream.cadence === undefined
      ? []
      : [valueFault([...path, 'cadence'], stream.cadence, 'cadence or length and count, not both')]
  return [
    ...both,
    ...missing.map((key) =>
      valueFault([...path, key], undefined, 'length and count together, such as "2 months" and 2'),
    ),
  ]
}

/** `stable` and `candidate` are the same for every package. */
function channelFaults({ channel, match }: Mapping, path: SettingPath): Fault[] {
  const isPrerelease = typeof match === 'string' && match !== 'final'
  if (channel !== 'candidate' && !(channel === 'stable' && isPrerelease)) return []
  const expected = 'a name of its own; stable shows only finals and candidate every live one, of any package'
  return [valueFault([...path, 'channel'], channel, expected)]
}

function repeatedMatches(streams: Mapping, path: SettingPath): Fault[] {
  const seen = new Map<unknown, string>()
  return Object.entries(streams).flatMap(([name, stream]) => {
    const match = isMapping(stream) ? stream.match : undefined
    if (typeof match !== 'string') return []
    const before = seen.get(match)
    if (before === undefined) seen.set(match, name)
    if (before === undefined) return []
    return [
      valueFault([...path, name, 'match'], match, `versions that no other stream has (${before} has these)`),
    ]
  })
}

/** A timeline needs finals that come at a cadence. */
function seriesFaults(entry: Mapping, streams: Mapping, path: SettingPath): Fault[] {
  if (!isMapping(entry.series)) return []
  const final = Object.values(streams).find((stream) => isMapping(stream) && stream.match === 'final')
  if (isMapping(final) && final.cadence !== undefined) return []
  const expected = 'a stream with match: final and a cadence such as "2 years in August", to lay a series out'
  return [valueFault([...path, 'series'], entry.series, expected)]
}
