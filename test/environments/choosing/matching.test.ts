/** The rules for versions against matchers that know nothing of them: the libraries' ranges, and the copies in Python and Node. */
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import semver from 'semver'
import { describe, expect, it } from 'vitest'
import { parseVersionRule } from '../../../src/environments/choosing/version-rule.ts'
import { PYTHON_FINDING } from '../../../src/environments/import-time/python-finding.ts'
import {
  type PackageState,
  takenBack,
  versionFor,
  withAccepted,
  withBuild,
} from '../../../src/environments/root/package-state.ts'
import type { Ecosystem } from '../../../src/versions/version-scheme.ts'
import { isHere } from '../../server/clients.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'

/** `1.2.0 +1.2.1 -1.2.2`: untested, accepted and taken-back versions; the first is live. */
function stateOf(ecosystem: Ecosystem, text: string): PackageState {
  let state: PackageState | null = null
  for (const [at, word] of text.split(' ').entries()) {
    const version = word.replace(/^[+-]/, '')
    const build = { folder: `${version}.${at}`, interpreter: 'cpython-311', extras: [], installedAt: 0 }
    state = withBuild(state, { ecosystem, name: 'demo' }, version, build)
    if (word.startsWith('+')) state = withAccepted(state, version)
    if (word.startsWith('-')) state = takenBack(state, [version])
  }
  if (state === null) throw new Error('no versions')
  return state
}

function found(state: PackageState, asked: string): string | null {
  const rule = asked === '' ? ({ kind: 'live' } as const) : parseVersionRule(asked)
  if (rule === null) throw new Error(`${asked} is no rule`)
  return versionFor(state, [rule])?.version ?? null
}

describe('which version is meant', () => {
  it.each([
    ['pypi', '1.0.0 1.1.0 1.2.0', '', '1.0.0'],
    // As specific as it is written, at any depth.
    ['pypi', '3.1.3 3.1.4.1 3.1.4.7 3.1.40 3.1.5', '3.1.4', '3.1.4.7'],
    ['pypi', '3.1.4 3.1.4.1 3.1.40', '3.1.4', '3.1.4'],
    ['pypi', '3 3.1.4.1.5 3.1.4.1.9 3.1.4.2', '3.1.4.1', '3.1.4.1.9'],
    ['pypi', '1.0 1.10.0 1.9.0', '1', '1.0'],
    ['pypi', '2.0 1.10.0 1.9.0', '1', '1.10.0'],
    ['pypi', '1.10.0 1.1.9 1.1.0', '1.1', '1.1.9'],
    ['pypi', '11.0 2.0', '1', null],
    ['npm', '3.1.40 3.1.5', '3.1.4', null],
    ['npm', '3.1.4 3.1.40', '3.1.4', '3.1.4'],
    ['npm', '1.9.0 1.10.0', '1', '1.9.0'],
    // The highest that links may name, else the highest.
    ['pypi', '0.9 1.0 +1.1 1.2', '1', '1.1'],
    ['pypi', '0.9 1.0 1.1 1.2', '1', '1.2'],
    ['pypi', '0.9 +1.0 -1.1', '1', '1.0'],
    ['pypi', '0.9 1.0 -1.1', '1', '1.1'],
    ['pypi', '0.9 +1.2.0 1.2.3', '1.2.3', '1.2.3'],
    // Pre-releases have to be asked for; locals, posts and epochs are what PEP 440 makes of them.
    ['pypi', '0.1 2.0rc1 2.0.dev3', '2', null],
    ['pypi', '0.1 2.0rc1', '2.0rc1', '2.0rc1'],
    ['pypi', '0.1 1.2.3+tweak.2', '1.2.3', '1.2.3+tweak.2'],
    ['pypi', '0.1 1.2.3 1.2.3+tweak.2', '1.2.3', '1.2.3'],
    ['pypi', '0.1 1.2.3+tweak.2', '1.2.3+tweak.1', null],
    ['pypi', '0.1 1.2.3.post1 1.2.3', '1.2', '1.2.3.post1'],
    ['pypi', '0.1 1.2', '1.2.0', '1.2'],
    ['pypi', '0.1 1.2', '1.2.0.0', '1.2'],
    ['pypi', '0.1 1!1.0', '1', null],
    ['pypi', '0.1 1!1.0 1!2.5', '1!2', '1!2.5'],
    ['pypi', '0.1 2024.1.5 2024.12.1', '2024.01', '2024.1.5'],
    ['npm', '0.1.0 2.0.0-rc.1', '2', null],
    ['npm', '0.1.0 1.2.3+build.7', '1.2.3', '1.2.3+build.7'],
  ] as const)('%s %s, asked for %s: %s', (ecosystem, versions, asked, expected) => {
    expect(found(stateOf(ecosystem, versions), asked)).toBe(expected)
  })

  it('names in links only what was tested or promoted and not taken back since', () => {
    const links = (text: string) => {
      const { links } = stateOf('pypi', text)
      return Object.entries(links).flatMap(([name, version]) =>
        name === version ? [] : [`${name}:${version}`],
      )
    }
    expect(links('1.0.0 1.2.0 1.2.1')).toEqual(['1:1.0.0', 'live:1.0.0', '1.0:1.0.0'])
    expect(links('1.0.0 +1.2.0 1.2.1')).toEqual(['1:1.2.0', 'live:1.0.0', '1.0:1.0.0', '1.2:1.2.0'])
    expect(links('1.0.0 +1.2.0 +1.2.1 -1.2.1')).toEqual(['1:1.2.0', 'live:1.0.0', '1.0:1.0.0', '1.2:1.2.0'])
    expect(links('3.1 +3.1.4.7 3.1.40')).toContain('3.1.4:3.1.4.7')
  })
})

const SETS = 10_000

/** The same numbers every time. */
function draws(seed: number) {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % below
  }
}

function randomSets(ecosystem: Ecosystem): { readonly text: string; readonly asked: string }[] {
  const draw = draws(ecosystem === 'pypi' ? 7 : 11)
  const depth = () => (ecosystem === 'npm' ? 3 : 1 + draw(4))
  const numbers = (length: number) => Array.from({ length }, () => draw(draw(8) === 0 ? 41 : 3)).join('.')
  const tails =
    ecosystem === 'npm' ? ['', '', '', '-rc.1', '+b.2'] : ['', '', '', 'rc1', '.post1', '.dev2', '+t.2']
  const pick = <T>(all: readonly T[]): T => all[draw(all.length)] as T
  return Array.from({ length: SETS }, () => {
    const versions = new Map<string, string>()
    for (let left = 1 + draw(8); left > 0; left -= 1) {
      const tail = pick(tails)
      // Older libraries of pip put no zeros into a short post-release, as PEP 440 has it since.
      const length = tail === '.post1' ? 4 : depth()
      const version = `${draw(12) === 0 && ecosystem === 'pypi' ? '1!' : ''}${numbers(length)}${tail}`
      // 1.0 and 1.0.0 are one version: it is installed once.
      const key = ecosystem === 'pypi' ? version.replace(/(\.0)+(?=$|[^\d.])/, '') : version
      if (!versions.has(key)) versions.set(key, `${pick(['', '', '+', '-'])}${version}`)
    }
    return { text: [...versions.values()].join(' '), asked: numbers(1 + draw(ecosystem === 'npm' ? 3 : 4)) }
  })
}

/** By the library's own ranges, with what Slipway adds: itself first, then what links may name. */
function byRanges(state: PackageState, asked: string): string | null {
  const isFull = asked.split('.').length > 2
  const all = state.versions.filter(({ version }) =>
    semver.satisfies(version, isFull ? `~${asked} <=${asked}` : `${asked}.x`),
  )
  const exact = all.filter(({ version }) => version === asked)
  const set = isFull && exact.length > 0 ? exact : all
  return (set.filter(({ standing }) => standing === 'accepted').at(-1) ?? set.at(-1))?.version ?? null
}

/** The same in Python: by pip's own library, and by the copy of the rules that a root has. */
const IN_PYTHON = `
import json, sys
from finding import pick
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.version import Version

def by_pip(versions, asked):
    all = list(SpecifierSet("==%s.*" % asked, prereleases=False).filter(e["version"] for e in versions))
    exact = [version for version in all if Version(version) == Version(asked)]
    found = exact if exact and asked.count(".") > 1 else all
    good = [e["version"] for e in versions if e["version"] in found and e["standing"] == "accepted"]
    return (good or found or [None])[-1]

answers = []
for one in json.load(sys.stdin):
    found = pick([(e, e["builds"][0]) for e in one["versions"]], one["live"], one["asked"])
    answers.append([found and found[0]["version"], by_pip(one["versions"], one["asked"])])
print(json.dumps(answers))
`

const hasPython = await isHere('python3', ['-m', 'pip', '--version'])

describe(`${SETS} random sets of versions`, { timeout: 120_000 }, () => {
  it('npm: the same as by the ranges of its library', () => {
    let matched = 0
    for (const { text, asked } of randomSets('npm')) {
      const state = stateOf('npm', text)
      const answer = found(state, asked)
      expect(answer, `${asked} of ${text}`).toBe(byRanges(state, asked))
      if (answer !== null) matched += 1
    }
    expect(matched).toBeGreaterThan(SETS / 10)
  })

  it.runIf(hasPython)('pypi: the same as by the library of pip, and by the copy in a root', async () => {
    const folder = await scratchFolder()
    await mkdir(join(folder, 'copied'))
    await writeFile(join(folder, 'copied', 'finding.py'), PYTHON_FINDING)
    const sets = randomSets('pypi').map(({ text, asked }) => ({ text, state: stateOf('pypi', text), asked }))
    const input = sets.map(({ state, asked }) => ({ versions: state.versions, live: state.live, asked }))
    const options = { cwd: join(folder, 'copied'), input: JSON.stringify(input), maxBuffer: 2 ** 24 }
    const answers = JSON.parse(execFileSync('python3', ['-c', IN_PYTHON], options).toString())
    for (const [at, { text, state, asked }] of sets.entries()) {
      const here = found(state, asked)
      expect(answers[at], `${asked} of ${text}`).toEqual([here, here])
    }
    expect(answers).toHaveLength(SETS)
  })
})
