import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { clearTests, isInside, readTests, testsIn } from '../../../../src/action/canary/tests/read-tests.ts'
import { toldTests } from '../../../../src/action/canary/tests/told-tests.ts'

const suite = `
import { describe, it } from 'node:test'
import assert from 'node:assert'
describe('price', () => {
  it('adds up', () => {})
  it('rounds', () => assert.strictEqual(1, 2))
  it('knows other currencies', { skip: true }, () => {})
})
it('loads', () => {})
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'named-tests-'))
  await writeFile(join(folder, 'shop.test.mjs'), suite)
  for (const reporter of ['junit', 'tap']) {
    const to = join(folder, reporter)
    const options = ['--test', `--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: '' }
    await new Promise((resolve) => {
      execFile(process.execPath, [...options, 'shop.test.mjs'], { cwd: folder, env }, resolve)
    })
  }
})
const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
afterAll(() => output.mockRestore())

const pytest = `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" tests="4">
<testcase classname="tests.test_shop" name="test_adds[1]" time="0.1" />
<testcase classname="tests.test_shop.TestPrice" name="test_rounds"><failure message="AssertionError: assert 1 == 2&#10;  more">long</failure></testcase>
<testcase classname="tests.test_shop" name="test_other"><skipped type="pytest.skip" message="no">x</skipped></testcase>
<testcase classname="" name="tests.test_broken"><error message="collection failure"><![CDATA[ImportError <&>]]></error></testcase>
</testsuite></testsuites>`
const jest = {
  testResults: [
    {
      name: '/copy/shop.test.js',
      assertionResults: [
        { fullName: 'price adds up', status: 'passed', failureMessages: [] },
        { fullName: 'price rounds', status: 'failed', failureMessages: ['Error: 1\n    at x'] },
        { fullName: 'price later', status: 'pending' },
      ],
    },
  ],
}
const mocha = {
  stats: { tests: 3 },
  tests: [
    { title: 'adds up', fullTitle: 'price adds up', err: {} },
    { title: 'rounds', fullTitle: 'price rounds', err: { message: '1 != 2', stack: 'x' } },
    { title: 'later', fullTitle: 'price later', err: {} },
  ],
  pending: [{ fullTitle: 'price later' }],
  failures: [],
  passes: [],
}
const pytestJson = {
  exitcode: 1,
  tests: [
    { nodeid: 'tests/test_shop.py::test_adds', outcome: 'passed' },
    {
      nodeid: 'tests/test_shop.py::test_rounds',
      outcome: 'failed',
      call: { crash: { message: 'assert 1' } },
    },
    { nodeid: 'tests/test_shop.py::test_later', outcome: 'skipped' },
  ],
}

it.each([
  [
    'pytest as JUnit XML',
    pytest,
    3,
    [
      { name: 'tests.test_broken', error: 'collection failure' },
      { name: 'tests.test_shop.TestPrice > test_rounds', error: 'AssertionError: assert 1 == 2' },
    ],
  ],
  ['Jest and Vitest as JSON', JSON.stringify(jest), 2, [{ name: 'price rounds', error: 'Error: 1' }]],
  ['Mocha as JSON', JSON.stringify(mocha), 2, [{ name: 'price rounds', error: '1 != 2' }]],
  [
    'pytest-json-report',
    JSON.stringify(pytestJson),
    2,
    [{ name: 'tests/test_shop.py::test_rounds', error: 'assert 1' }],
  ],
  ['TAP of old', '1..3\nok 1 - a\nnot ok 2 - b # todo later\nnot ok 3 c\n', 2, [{ name: 'c' }]],
  ['an empty suite', '<testsuite tests="0"></testsuite>', 0, []],
])('%s is read', (_, text, total, failed) => {
  expect(toldTests(testsIn(text) ?? [])).toEqual({ total, failed, truncated: false })
})

it.each(['junit', 'tap'])("what Node's own runner writes as %s is read, test by test", async (reporter) => {
  const told = await readTests(folder, [reporter])
  const failed = told?.failed.filter(({ name }) => name.includes('rounds')) ?? []
  expect(failed).toHaveLength(1)
  expect(failed[0]?.error).toMatch(/Expected values to be strictly equal/)
  expect(JSON.stringify(told)).not.toContain('other currencies')
  expect(JSON.stringify(told)).not.toContain('loads')
})

it.each([
  ['nothing', ''],
  ['a page', '<html><body>no</body></html>'],
  ['other JSON', '{"tests": 3}'],
  ['broken JSON', '{"testResults": ['],
  ['a log', 'all is well\nok then\n'],
])('%s says nothing of tests', (_, text) => {
  expect(testsIn(text)).toBeNull()
})

describe('the files of an arm', () => {
  it('that an earlier run left do not count, and none at all leaves it to the exit code', async () => {
    await writeFile(join(folder, 'old.xml'), pytest)
    expect(await readTests(folder, ['old.xml'])).not.toBeNull()
    await clearTests(folder, ['old.xml', 'never.xml'])
    expect(await readTests(folder, ['old.xml'])).toBeNull()
    expect(await readTests(folder, [])).toBeNull()
  })

  it.each([
    ['junit.xml', true],
    ['reports/./junit.xml', true],
    ['../junit.xml', false],
    ['a/../../junit.xml', false],
    ['/etc/passwd', false],
    ['.', false],
  ])('%s is one of the project: %s', (file, expected) => {
    expect(isInside(file)).toBe(expected)
  })

  it('are cut to what a report takes', () => {
    const many = Array.from({ length: 1200 }, (_, number) => ({
      name: `${'x'.repeat(400)}${number}`.slice(number % 2),
      error: `${number}\nmore`,
    }))
    const distinct = many.map((one, number) => ({ ...one, name: `${number} ${one.name}` }))
    const told = toldTests([...distinct, ...distinct])
    expect([told.total, told.failed.length, told.truncated]).toEqual([2400, 1000, true])
    expect(Math.max(...told.failed.map(({ name }) => name.length))).toBe(300)
    expect(told.failed.every(({ error }) => !error?.includes('more'))).toBe(true)
  })
})
