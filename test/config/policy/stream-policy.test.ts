import { describe, expect, it } from 'vitest'
import { resolvePolicy } from '../../../src/config/policy/resolve-policy.ts'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import { streamPolicy } from '../../../src/config/policy/stream-policy.ts'

const streams = [
  '    streams:',
  '      beta:   { match: prerelease b, channel: beta, profile: rapid, pauseDuring: rc, freeze: [compat], promises: [abi] }',
  '      rc:     { match: prerelease rc, channel: rc, length: 2 months, count: 2, freeze: [api] }',
  '      stable: { match: final, channel: stable, profile: cautious, required: [acme/app], after: { stream: rc, min: 1 week } }',
  '      maintenance: { of: stable, cadence: 2 months, promises: [docs] }',
]

function entryOf(...lines: string[]) {
  const read = parseSlipwayFile(['releases:', ...lines].join('\n'))
  const entry = read.ok ? read.file.releases?.[0] : undefined
  if (entry === undefined) throw new Error(JSON.stringify(read))
  return entry
}

const policyOf = (version: string, ...lines: string[]) =>
  streamPolicy(entryOf('  - package: pypi:demo-lib', ...streams, ...lines), version).policy

describe('the stream of a version', () => {
  it.each([
    ['3.10.0b1', 'beta', ['beta'], 'rapid', false],
    ['3.10.0rc1', 'rc', ['beta', 'rc'], 'custom', false],
    ['3.9.0', 'stable', ['beta', 'rc', 'stable'], 'cautious', false],
    ['3.9.1', 'maintenance', ['beta', 'rc', 'stable'], 'cautious', false],
  ])('%s is %s, shown in %j, under %s', (version, name, channels, profile, direct) => {
    const { stream, profile: ladder } = policyOf(version)
    expect([stream?.name, stream?.channels, ladder, stream?.direct]).toEqual([
      name,
      channels,
      profile,
      direct,
    ])
  })

  it.each(['3.10.0a1', '3.10.0b1.dev2'])('%s has none, which changes nothing else', (version) => {
    const entry = entryOf('  - package: pypi:demo-lib', ...streams)
    expect(streamPolicy(entry, version)).toEqual(resolvePolicy(entry))
  })

  it('is the one that maintains its series, with ladder and required canaries of its own', () => {
    const maintained = entryOf(
      '  - package: pypi:demo-lib',
      '    streams:',
      '      stable: { match: final, profile: cautious, required: [acme/app] }',
      '      old: { of: stable, lines: ["3.9", "2"], required: [acme/legacy] }',
      '      others: { of: stable, profile: rapid }',
    )
    const rules = (version: string) => {
      const { stream, profile, canaries } = streamPolicy(maintained, version).policy
      return [stream?.name, profile, canaries.find(({ required }) => required)?.repo]
    }
    expect(rules('3.9.4')).toEqual(['old', 'rapid', 'acme/legacy'])
    expect(rules('2.7.1')).toEqual(['old', 'rapid', 'acme/legacy'])
    expect(rules('3.90.1')).toEqual(['others', 'rapid', 'acme/app'])
    expect(rules('1!3.9.1.post1')).toEqual(['old', 'rapid', 'acme/legacy'])
    expect(rules('3.9.0')).toEqual(['stable', 'cautious', 'acme/app'])
  })

  it('has a release that is marked with its other word', () => {
    const marked = entryOf(
      '  - package: pypi:demo-lib',
      '    streams: { beta: { match: prerelease beta or a, profile: rapid } }',
    )
    expect(streamPolicy(marked, '3.10.0a5').policy.stream?.name).toBe('beta')
    expect(streamPolicy(marked, '3.10.0b6').policy.stream?.name).toBe('beta')
    expect(streamPolicy(marked, '3.10.0rc1').policy.stream).toBeUndefined()
  })

  it('goes by the words of semver on npm', () => {
    const entry = entryOf(
      '  - package: npm:demo-lib',
      '    streams: { beta: { match: prerelease beta, profile: rapid } }',
    )
    expect(streamPolicy(entry, '3.10.0-beta.1').policy.stream?.name).toBe('beta')
    expect(streamPolicy(entry, '3.10.0').policy.stream).toBeUndefined()
  })

  it('has people of its own, who are told of what enters it', () => {
    const told = entryOf(
      '  - package: pypi:demo-lib',
      '    streams:',
      '      beta: { match: prerelease b, people: [ada, acme/beta-team] }',
      '      stable: { match: final }',
    )
    expect(streamPolicy(told, '3.10.0b1').policy.stream?.people).toEqual(['ada', 'acme/beta-team'])
    expect(streamPolicy(told, '3.10.0').policy.stream?.people).toBeUndefined()
    const read = parseSlipwayFile(
      'releases: [{ package: npm:a, streams: { beta: { match: prerelease b, people: ["@ada", "a b", "-x", 7] } } }]',
    )
    expect(read.ok ? [] : read.problems.map(({ field, value }) => `${field} ${value}`)).toEqual([
      'releases[0].streams.beta.people[0] "@ada"',
      'releases[0].streams.beta.people[1] "a b"',
      'releases[0].streams.beta.people[2] "-x"',
      'releases[0].streams.beta.people[3] 7',
    ])
  })

  it('says what a release waits for', () => {
    expect(policyOf('3.10.0b1').stream?.pauseDuring).toBe('rc')
    expect(policyOf('3.10.0').stream?.after).toEqual({ stream: 'rc', minMs: 7 * 24 * 3_600_000 })
    expect(policyOf('3.10.1').stream?.after).toBeNull()
  })
})

describe('what a stream asks for', () => {
  it.each([
    ['3.10.0b1', ['compat', 'abi']],
    ['3.10.0rc1', ['api', 'abi']],
    ['3.10.0', ['api', 'abi']],
    ['3.10.1', ['abi', 'docs']],
  ])('%s needs the checks %j, at every stage', (version, names) => {
    const { stages, urgent } = policyOf(version, '    urgent: {}')
    for (const { gates } of [...stages, ...(urgent?.stages ?? [])])
      expect(gates.checks?.required).toEqual(names)
  })

  it('hides a release without a ladder until its checks are green and its required canaries have passed', () => {
    const ofRc = (rc: string) =>
      streamPolicy(
        entryOf(
          '  - package: pypi:demo-lib',
          '    canaries: [{ repo: acme/app }]',
          `    streams: { rc: { match: prerelease rc, ${rc} } }`,
        ),
        '3.10.0rc1',
      ).policy
    const bare = ofRc('channel: rc')
    expect(bare.stream?.direct).toBe(true)
    const ladder = (rc: string) => {
      const { stream, stages } = ofRc(rc)
      return [stream?.direct, ...stages.map(({ basisPoints, gates }) => [basisPoints, Object.keys(gates)])]
    }
    expect(ladder('freeze: [api]')).toEqual([false, [0, ['checks']], [10_000, ['checks']]])
    expect(ladder('promises: [api], required: [acme/app]')).toEqual([
      false,
      [0, ['checks', 'canaries']],
      [10_000, ['checks', 'canaries']],
    ])
    expect(ladder('freeze: [], required: []')[0]).toBe(true)
    expect(ladder('freeze: [api], profile: rapid')).toHaveLength(5)
  })

  it('keeps the gates and checks of the release', () => {
    const [first] = policyOf(
      '3.10.0b1',
      '    gates: { checks: { required: [ci, abi] }, approval: {} }',
    ).stages
    expect(first?.gates.checks?.required).toEqual(['ci', 'abi', 'compat'])
    expect(first?.gates.approval).toEqual({ by: 'maintain' })
  })

  it('requires canaries in one stream only', () => {
    const rules = ['    canaries: [{ repo: "acme/*", weight: 3 }, { repo: other/tool, required: true }]']
    const required = (version: string) =>
      policyOf(version, ...rules).canaries.map(
        ({ repo, required, weight }) => `${repo} ${required} ${weight}`,
      )
    expect(required('3.10.0b1')).toEqual(['acme/* false 3', 'other/tool true 1'])
    for (const version of ['3.10.0', '3.10.1']) {
      expect(required(version)).toEqual(['acme/app true 3', 'acme/* false 3', 'other/tool false 1'])
    }
  })

  it('refuses channels that mean something else already', () => {
    const read = parseSlipwayFile(
      'releases:\n  - package: pypi:demo-lib\n    streams:\n      beta: { match: prerelease b, channel: stable }\n      rc: { match: prerelease rc, channel: candidate }\n',
    )
    expect(read.ok ? [] : read.problems.map(({ value }) => value)).toEqual(['"stable"', '"candidate"'])
  })
})
