/** Makes the tables of docs/clients.md out of what the client matrix recorded (test/clients/results): `node scripts/client-tables.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { allResults, type Matrix, type Result } from '../test/clients/results.ts'
import { specsOf } from '../test/clients/specs.ts'

const docs = fileURLToPath(new URL('../docs/clients.md', import.meta.url))
const rootOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const stateWords = {
  zero: 'at 0 %',
  half: 'at 50 %',
  done: 'completed',
  back: 'rolled back',
  blocked: 'blocked',
  backport: 'backport at 50 %',
} as const
const views = ['outside', 'inside', 'stable', 'canary']

/** Why a client differs from the others, by the beginning of its name. */
const reasons: readonly (readonly [string, string])[] = [
  ['pnpm 10', 'takes the highest version of a range that `latest` is not in, deprecated or not'],
  ['pnpm 11', 'takes the highest version of a range that `latest` is not in, deprecated or not'],
  ['Yarn 1', 'looks at `latest` only, never at `deprecated`'],
  ['Deno', 'looks at `latest` only, never at `deprecated`'],
  ['pip before 19.2', 'knows nothing of yanked files (PEP 592)'],
]

type Cells = Result['cells']

/** The text of docs/clients.md with all its tables made anew. */
export function withClientTables(text: string, results: readonly Result[]): string {
  const of = (matrix: Matrix) => results.filter((result) => result.matrix === matrix).sort(byClient)
  let made = text
  for (const [matrix, heading] of [
    ['npm', 'npm side'],
    ['pypi', 'Python side'],
  ] as const) {
    const common = commonCells(of(matrix))
    made = withTable(made, heading, cellsTable(common, matrix))
    made = withTable(made, `${heading}: differences`, differencesTable(common, of(matrix), matrix))
    made = withTable(made, `${heading}: after a change`, changesTable('Situation', of(matrix)))
  }
  made = withTable(made, 'Python side: resolvers', changesTable('Situation', of('resolvers')))
  made = withTable(made, 'Publishing', publishersTable(of('publishers')))
  return withTable(made, 'Versions', versionsTable())
}

const byClient = (a: Result, b: Result) =>
  a.client.localeCompare(b.client, 'en', { numeric: true, sensitivity: 'base' })

/** The cells that most clients have. */
function commonCells(results: readonly Result[]): Cells {
  const rows = new Set(results.flatMap(({ cells }) => Object.keys(cells)))
  const common = [...rows].map((row) => {
    const known = results.map(({ cells }) => cells[row] ?? {})
    const specs = new Set(known.flatMap((cell) => Object.keys(cell)))
    const cell = [...specs].map((spec) => [spec, mostFrequent(known.flatMap((one) => one[spec] ?? []))])
    return [row, Object.fromEntries(cell)]
  })
  return Object.fromEntries(common)
}

function mostFrequent(values: readonly string[]): string {
  const count = (value: string) => values.filter((other) => other === value).length
  return values.toSorted((a, b) => count(b) - count(a))[0] ?? '-'
}

const titleOf = (text: string) => (text === '' ? 'nothing' : `\`${text}\``)
const plainTitles = new Set(['exact by a dependency', 'constraint file'])
const specTitle = (text: string) => (plainTitles.has(text) ? text : titleOf(text))

/** One row for the views of a state that give the same. */
function cellsTable(common: Cells, matrix: 'npm' | 'pypi'): string {
  const specs = Object.entries(specsOf[matrix])
  const rows = Object.entries(stateWords).flatMap(([state, words]) => {
    const cellOf = (view: string) => specs.map(([spec]) => common[`${state} ${view}`]?.[spec] ?? '-')
    return groups(views, (view) => cellOf(view).join(' ')).map((same) => {
      const [first = ''] = same
      return [words, viewWords(same), ...cellOf(first)]
    })
  })
  return tableOf(['Rollout', 'View', ...specs.map(([, text]) => specTitle(text))], rows)
}

const viewWords = (same: readonly string[]) => (same.length === views.length ? 'any' : same.join(', '))

/** What clients get instead, with those together that get the same. */
function differencesTable(common: Cells, results: readonly Result[], matrix: 'npm' | 'pypi'): string {
  const specs: Readonly<Record<string, string>> = specsOf[matrix]
  const found = results.flatMap(({ client, cells }) =>
    Object.keys(stateWords).flatMap((state) =>
      views.flatMap((view) => {
        const row = `${state} ${view}`
        const own = cells[row] ?? {}
        const others = Object.keys(specs).filter(
          (spec) => own[spec] !== undefined && own[spec] !== common[row]?.[spec],
        )
        return groups(others, (spec) => own[spec] ?? '').map((asked) => ({
          client,
          state,
          view,
          asked: asked.map((spec) => specTitle(specs[spec] ?? '')).join(', '),
          gets: own[asked[0] ?? ''] ?? '',
        }))
      }),
    ),
  )
  const byViews = groups(found, ({ client, state, asked, gets }) => [client, state, asked, gets].join('|'))
  const merged = byViews.map((same) => ({ ...same[0], view: viewWords(same.map(({ view }) => view)) }))
  const whyOf = (client = '') => reasons.find(([name]) => client.startsWith(name))?.[1] ?? ''
  const rows = groups(merged, ({ client, state, view, asked, gets }) =>
    [state, view, asked, gets, whyOf(client)].join('|'),
  ).map((same) => {
    const [{ client = '', state = '', view = '', asked = '', gets = '' } = {}] = same
    const words = Object.entries(stateWords).find(([key]) => key === state)?.[1] ?? state
    return [same.map((one) => one.client).join(', '), words, view, asked, gets, whyOf(client)]
  })
  return tableOf(['Client', 'Rollout', 'View', 'Asked for', 'Gets', 'Why'], rows)
}

/** A column for each client, a row for each situation that one of them was in. */
function changesTable(title: string, results: readonly Result[]): string {
  const situations = [...new Set(results.flatMap(({ changes }) => Object.keys(changes)))]
  const rows = situations.map((situation) => [
    quoted(situation),
    ...results.map(({ changes }) => changes[situation] ?? '-'),
  ])
  return tableOf([title, ...results.map(({ client }) => client)], rows)
}

/** `blocked, ==1.0.1` with what is asked for as code. */
function quoted(situation: string): string {
  return situation.replace(/^blocked, ([<>=~^].*|\d\S*)$/, 'blocked, `$1`')
}

function publishersTable(results: readonly Result[]): string {
  const columns = [...new Set(results.flatMap(({ changes }) => Object.keys(changes)))]
  const rows = results.map(({ client, changes }) => [
    client,
    ...columns.map((column) => changes[column] ?? '-'),
  ])
  return tableOf(['Tool', ...columns], rows)
}

/** The versions that are pinned for the matrix. */
function versionsTable(): string {
  const manifest = JSON.parse(readFileSync(rootOf('test/clients/package.json'), 'utf8'))
  const npm = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies }).map(
    ([name, range]) => [displayName(name), String(range).replace(/^npm:.*@/, '')],
  )
  const python = readFileSync(rootOf('test/clients/python-clients.txt'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.includes('==') ? [line.split('==')] : []))
  const pairs = [
    ...new Map(
      [...npm, ...python].map(([name = '', version = '']) => [name + version, [name, version]]),
    ).values(),
  ]
  return tableOf(['Program', 'Version'], pairs)
}

function displayName(name: string): string {
  const known = /^@(?:oven\/(bun)|(deno)\/|(pnpm)\/)/.exec(name)?.slice(1).find(Boolean)
  if (name === '@yarnpkg/cli-dist') return 'yarn'
  return known ?? name.replace(/(?<=^(?:npm|pnpm|yarn))\d+$/, '')
}

/** Items together that have the same key, in the order of their first ones. */
function groups<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  return [...Map.groupBy(items, keyOf).values()]
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** The text with the first table below a heading replaced. */
function withTable(text: string, heading: string, table: string): string {
  const start = text.indexOf(`\n## ${heading}\n`)
  if (start < 0) throw new Error(`docs/clients.md has no heading ${heading}`)
  const end = text.indexOf('\n## ', start + 1)
  const section = text.slice(start, end < 0 ? undefined : end)
  const replaced = section.replace(/\n\|[^\n]*(?:\n\|[^\n]*)*/, () => `\n${table}`)
  if (!section.includes('\n|')) throw new Error(`there is no table below ${heading}`)
  return text.slice(0, start) + replaced + (end < 0 ? '' : text.slice(end))
}

if (import.meta.filename === process.argv[1]) {
  writeFileSync(docs, withClientTables(readFileSync(docs, 'utf8'), allResults()))
}
