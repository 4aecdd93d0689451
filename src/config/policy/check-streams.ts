import { formatCalendarDate, parseCalendarDate } from '../../calendar/calendar-date.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
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
            ...firstFaults(stream, [...at, name]),
          ]
        : [],
    ),
    ...repeatedMatches(entry, streams, at),
    ...maintenanceFaults(streams, at),
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

/** The words of a stream's match as versions carry them; none for finals and for what cannot be read. */
function wordsOf(stream: unknown, normalize: (word: string) => string): readonly string[] {
  const match = isMapping(stream) ? stream.match : undefined
  if (typeof match !== 'string' || !match.startsWith('prerelease ')) return []
  return match.slice('prerelease '.length).split(' or ').map(normalize)
}

function repeatedMatches(entry: Mapping, streams: Mapping, path: SettingPath): Fault[] {
  const { normalizeLabel } = schemeOf(String(entry.package).startsWith('npm:') ? 'npm' : 'pypi')
  const seen = new Map<string, string>()
  return Object.entries(streams).flatMap(([name, stream]) => {
    const match = isMapping(stream) ? stream.match : undefined
    const words =
      match === 'final' ? ['final'] : wordsOf(stream, (word) => `prerelease ${normalizeLabel(word)}`)
    const before = words.flatMap((word) => seen.get(word) ?? [])[0]
    for (const word of words) seen.set(word, seen.get(word) ?? name)
    if (before === undefined) return []
    return [
      valueFault([...path, name, 'match'], match, `versions that no other stream has (${before} has these)`),
    ]
  })
}

/** The word of a series' first release is one of two. */
function firstFaults(stream: Mapping, path: SettingPath): Fault[] {
  const { first } = stream
  const words = wordsOf(stream, (word) => word)
  if (typeof first !== 'string' || words.includes(first)) return []
  const expected =
    words.length > 1
      ? `one of the words of match, ${words.join(' or ')}`
      : 'nothing where match has no second word, such as "prerelease b or a"'
  return [valueFault([...path, 'first'], first, expected)]
}

/** Several streams may maintain one, each of its own series, and one all others. */
function maintenanceFaults(streams: Mapping, path: SettingPath): Fault[] {
  const seen = new Map<string, string>()
  return Object.entries(streams).flatMap(([name, stream]) => {
    if (!isMapping(stream)) return []
    const { of, match, lines, lasts } = stream
    if (of !== undefined && match !== undefined) return []
    if (of === undefined) {
      const given = Object.entries({ lines, lasts }).filter(([, value]) => value !== undefined)
      return given.map(([key, value]) =>
        valueFault([...path, name, key], value, 'nothing where the stream maintains no other one (of)'),
      )
    }
    const named: readonly unknown[] = Array.isArray(lines) ? lines : ['']
    return named.flatMap((line, index) => {
      const before = seen.get(`${of} ${line}`)
      seen.set(`${of} ${line}`, before ?? name)
      if (before === undefined) return []
      return line === ''
        ? [
            valueFault(
              [...path, name, 'of'],
              of,
              `lines, such as ["3.9"]: ${before} maintains all other series`,
            ),
          ]
        : [valueFault([...path, name, 'lines', index], line, `a series that ${before} does not maintain`)]
    })
  })
}

/** A timeline needs finals that come at a cadence, and a place to begin. */
function seriesFaults(entry: Mapping, streams: Mapping, path: SettingPath): Fault[] {
  const { series } = entry
  if (!isMapping(series)) return []
  const final = Object.values(streams).find((stream) => isMapping(stream) && stream.match === 'final')
  if (!isMapping(final) || final.cadence === undefined) {
    const expected =
      'a stream with match: final and a cadence such as "2 years in August", to lay a series out'
    return [valueFault([...path, 'series'], series, expected)]
  }
  const at = [...path, 'series']
  const [from, firstFinal] = [dateIn(series.from), dateIn(series.firstFinal)]
  if (series.from === undefined && series.firstFinal === undefined) {
    return [valueFault([...at, 'from'], undefined, 'from or firstFinal, to know where the series begins')]
  }
  if (from === null || firstFinal === null || firstFinal.month >= from.month) return []
  const expected = `${formatCalendarDate({ ...from, day: null })} or later: the series begins then (from)`
  return [valueFault([...at, 'firstFinal'], series.firstFinal, expected)]
}

const dateIn = (value: unknown) => (typeof value === 'string' ? parseCalendarDate(value) : null)
