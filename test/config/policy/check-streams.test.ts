import { describe, expect, it } from 'vitest'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import { streamsFile } from '../../calendar/calendar-plans.ts'

describe('streams and series in a file', () => {
  const problems = (text: string) => {
    const parsed = parseSlipwayFile(text)
    return parsed.ok ? [] : parsed.problems.map(({ field, expected }) => `${field}: ${expected}`)
  }

  it('the example is accepted', () => expect(problems(streamsFile())).toEqual([]))

  const word = 'one of the streams beta, rc, stable, maintenance; did you mean rc'
  const oneOrOther =
    'match for a stream with versions of its own, or of for maintenance releases, and not both'
  const rolling = (keys: string) => ({ beta: `{ ${keys} }` })
  const counted = (keys: string) => ({ rc: `{ match: prerelease rc, count: 2, ${keys} }` })
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['an unknown stream', rolling('match: prerelease b, pauseDuring: rx'), `beta.pauseDuring: ${word}`],
    [
      'a cadence that is none',
      rolling('match: prerelease b, cadence: often'),
      'beta.cadence: a cadence such as "2 months" or "2 years in August"',
    ],
    ['neither match nor of', rolling('cadence: 2 months'), `beta.match: ${oneOrOther}`],
    ['match and of', rolling('match: prerelease b, of: stable'), `beta.match: ${oneOrOther}`],
    [
      'versions of another stream',
      rolling('match: prerelease rc'),
      'rc.match: versions that no other stream has (beta has these)',
    ],
    [
      'the same versions under another word',
      rolling('match: prerelease b or c'),
      'rc.match: versions that no other stream has (beta has these)',
    ],
    [
      'a first word that it does not have',
      rolling('match: prerelease b or a, first: rc'),
      'beta.first: one of the words of match, b or a',
    ],
    [
      'a first word where there is one word',
      rolling('match: prerelease b, first: a'),
      'beta.first: nothing where match has no second word, such as "prerelease b or a"',
    ],
    [
      'series of a stream that maintains none',
      rolling('match: prerelease b, lines: ["3.9"]'),
      'beta.lines: nothing where the stream maintains no other one (of)',
    ],
    [
      'two streams that maintain all series',
      { old: '{ of: stable, cadence: 1 month }' },
      'old.of: lines, such as ["3.9"]: maintenance maintains all other series',
    ],
    [
      'a series that two streams maintain',
      { old: '{ of: stable, lines: ["3.9"] }', older: '{ of: stable, lines: ["3.8", "3.9"] }' },
      'older.lines[1]: a series that old does not maintain',
    ],
    [
      'half a count',
      counted('every: 1 month'),
      'rc.length: length and count together, such as "2 months" and 2',
    ],
    [
      'count and cadence',
      counted('length: 2 months, cadence: 1 month'),
      'rc.cadence: cadence or length and count, not both',
    ],
  ])('%s', (_, streams, problem) => {
    expect(problems(streamsFile('', streams))).toEqual([`releases[0].streams.${problem}`])
  })

  it.each([
    ['series: { start: "3.9.0" }', 'series.from: from or firstFinal, to know where the series begins'],
    [
      'series: { start: "3.9.0", from: 2019-12, firstFinal: 2019-11 }',
      'series.firstFinal: 2019-12 or later: the series begins then (from)',
    ],
    [
      'series: { start: "3.9.0", firstFinal: 2021-02-29 }',
      'series.firstFinal: a month such as 2020-08, or a day such as 2020-08-17',
    ],
    [
      'series: { start: 3.9, firstFinal: 202108 }',
      'series.start: the first final as three numbers, such as "3.9.0"',
      'series.firstFinal: a month such as 2020-08, or a day such as 2020-08-17',
    ],
  ])('%s is refused', (series, ...said) => {
    const text = streamsFile().replace(/series: .*/, series)
    expect(problems(text)).toEqual(said.map((one) => `releases[0].${one}`))
  })

  it('a series needs finals at a cadence, and begins with a final', () => {
    expect(
      problems(streamsFile('', { stable: '{ match: final }' }).replace('start: "3.9.0"', 'start: "3.9"')),
    ).toEqual([
      'releases[0].series: a stream with match: final and a cadence such as "2 years in August", to lay a series out',
      'releases[0].series.start: the first final as three numbers, such as "3.9.0"',
    ])
  })
})
