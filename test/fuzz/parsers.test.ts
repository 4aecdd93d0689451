/**
 * Texts that strangers write, through every parser that reads them: no exception, and an end. What takes time by a
 * power of the length would not come to one here. `npm run test:fuzz` takes 200,000 texts and tells the slowest.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dependenciesOf } from '../../src/catalog/dependencies.ts'
import { isHiddenSentence } from '../../src/catalog/views/staged-reason.ts'
import { parseCohortKey } from '../../src/cohort/cohort-key.ts'
import { checkCanaryWorkflow } from '../../src/config/canaries/check-workflow.ts'
import { parseSlipwayFile } from '../../src/config/policy/slipway-file.ts'
import { parseServerFile } from '../../src/config/server/server-file.ts'
import { parseCommand } from '../../src/github/commands/parse-command.ts'
import { chooseType } from '../../src/server/http/accept.ts'
import { parseRequestPath } from '../../src/server/http/request-path.ts'
import { parseNpmTarget } from '../../src/server/npm/npm-target.ts'
import { simpleHtmlDocument } from '../../src/upstream/simple-html.ts'
import { parseAnyDistributionName } from '../../src/versions/distribution-name.ts'
import { normalizeName } from '../../src/versions/normalize-name.ts'
import { parsePythonRequirement } from '../../src/versions/python-requirement.ts'
import { parsePackageId, parseReleaseId } from '../../src/versions/release.ts'
import { schemeOf } from '../../src/versions/scheme-of.ts'
import { pinnedVersion, satisfiesRange } from '../../src/versions/version-range.ts'

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  'a Python requirement': parsePythonRequirement,
  'metadata of a wheel': (text) => dependenciesOf('pypi', { manifest: { requires_dist: [text] } }),
  'dependencies of a package': (text) =>
    dependenciesOf('npm', { manifest: { dependencies: { [text]: text } } }),
  'a Python version': schemeOf('pypi').normalize,
  'an npm version': schemeOf('npm').normalize,
  'a Python specifier': (text) => [
    satisfiesRange('pypi', '1.0', text),
    schemeOf('pypi').satisfies('1.0', text),
  ],
  'an npm range': (text) => [satisfiesRange('npm', '1.0.0', text), schemeOf('npm').satisfies('1.0.0', text)],
  'a version of nobody': (text) => [satisfiesRange('pypi', text, '>=1'), satisfiesRange('npm', text, '^1')],
  'a pin': (text) => [pinnedVersion('pypi', text), pinnedVersion('npm', text)],
  'a name': (text) => [normalizeName('pypi', text), normalizeName('npm', text)],
  'a release id': (text) => [parseReleaseId(text), parsePackageId(text)],
  'a file name': (text) => [parseAnyDistributionName(text), parseAnyDistributionName(`${text}.tar.gz`)],
  'a project page': (text) => simpleHtmlDocument(text, 'https://index.example/'),
  'a key': parseCohortKey,
  'an address': (text) => [parseRequestPath(`/${text}`), parseNpmTarget(`/npm/${text}`)],
  'an accept header': (text) => chooseType(text, ['text/html', 'application/json']),
  'a comment': parseCommand,
  'a deprecation': isHiddenSentence,
  'a settings file': parseSlipwayFile,
  'a server file': parseServerFile,
  'a workflow': checkCanaryWorkflow,
}

const pieces = [
  ...[
    ' ',
    '\t',
    '\n',
    '.',
    '-',
    '_',
    '*',
    ',',
    ';',
    ':',
    '@',
    '/',
    '#',
    '"',
    "'",
    '\\',
    '%',
    '\0',
    'é',
    '😀',
  ],
  ...['0', '1', 'a', 'v', 'x', '1.', '1!', '+', '~', '^', '=', '==', '>=', '<', '||', '|', '&a ', '*a', '- '],
  ...[
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    '<a href=',
    '>',
    '</a>',
    '<!--',
    '-->',
    '```',
    '%2f',
    '/slipway ',
    'extra==',
    'a: ',
  ],
]
const anyText = fc
  .array(fc.tuple(fc.constantFrom(...pieces), fc.nat({ max: 12 })), { maxLength: 12 })
  .map((parts) => parts.map(([piece, times]) => piece.repeat(times)).join(''))

const runs = Number(process.env.FUZZ_RUNS ?? 6000)
/** Long enough that time by a power of it does not come to an end; a hundred thousand in the long run. */
const length = process.env.FUZZ_RUNS === undefined ? 20_000 : 100_000
/** The slowest text of each parser, ms for 100 kB. */
const slowest = new Map<string, { readonly ms: number; readonly text: string }>()

function feed(name: string, text: string): void {
  const start = performance.now()
  parsers[name]?.(text)
  const ms = performance.now() - start
  if (ms > (slowest.get(name)?.ms ?? 0)) slowest.set(name, { ms, text })
}

describe.each(Object.keys(parsers))('%s', (name) => {
  it('of any text is read, or said to be none', () => {
    const numRuns = Math.ceil(runs / Object.keys(parsers).length)
    fc.assert(
      fc.property(anyText, (text) => feed(name, text)),
      { numRuns },
    )
  })

  it('of the same over and over comes to an end', () => {
    for (const piece of pieces) {
      for (const end of ['', '!', ';']) {
        const text = `a ${piece.repeat(Math.ceil(length / piece.length))}${end}`
        parsers[name]?.(text.slice(0, length))
      }
    }
  })
})

describe('what stopped a server', () => {
  it('three kilobytes of Requires-Dist', () => {
    for (const text of [`a${' '.repeat(3000)}!@`, `${'a'.repeat(3000)}@`, `a (${' '.repeat(3000)}`])
      expect(parsePythonRequirement(text)?.url ?? null).toBeNull()
  })

  it.each<[string, () => { readonly ok: boolean; readonly problems?: readonly unknown[] }]>([
    ['twenty thousand unknown keys', () => parseSlipwayFile(keys(13_000))],
    ['as many in the server’s file', () => parseServerFile(keys(13_000))],
    ['a workflow of keys', () => checkCanaryWorkflow(keys(13_000))],
    ['a workflow in one line', () => checkCanaryWorkflow(`{${keys(13_000).replaceAll('\n', ', ')}}`)],
    [
      'thousands of canaries',
      () => parseSlipwayFile(`releases:\n  - package: npm:a\n    canaries:\n${canaries}`),
    ],
  ])('%s: a hundred problems are named, and no more', (_, read) => {
    expect(read().problems?.length ?? 0).toBeLessThanOrEqual(100)
  })
})

const keys = (count: number) => Array.from({ length: count }, (_, i) => `${i.toString(36)}: 1`).join('\n')
const canaries = Array.from({ length: 4500 }, (_, i) => `      - { repo: a/${i} }`).join('\n')

it.runIf(process.env.FUZZ_RUNS !== undefined)('tells the slowest', () => {
  for (const [name, { ms, text }] of [...slowest].toSorted((a, b) => b[1].ms - a[1].ms))
    console.log(`${ms.toFixed(1)} ms ${name}, ${text.length} characters`)
})
