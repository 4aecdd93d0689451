/** The one table of what clients get: docs/clients.md, read back from the text that people read. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Ecosystem } from './publish.ts'
import { specsOf } from './specs.ts'

interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What one client is expected to get, in the shape of `Observed`. */
export interface Expected {
  readonly cells: Record<string, Record<string, string>>
  readonly changes: Record<string, string>
}

const path = fileURLToPath(new URL('../../docs/clients.md', import.meta.url))

const stateOf: Readonly<Record<string, string>> = {
  'at 0 %': 'zero',
  'at 50 %': 'half',
  completed: 'done',
  'rolled back': 'back',
  blocked: 'blocked',
  'backport at 50 %': 'backport',
}
const allViews = ['outside', 'inside', 'stable', 'canary']
const headings = {
  npm: { cells: 'npm side', differences: 'npm side: differences', changes: 'npm side: after a change' },
  pypi: {
    cells: 'Python side',
    differences: 'Python side: differences',
    changes: 'Python side: after a change',
  },
} as const satisfies Record<Ecosystem, unknown>

/** What the tables say of a client; throws when they do not know it. */
export function expectedOf(ecosystem: Ecosystem, client: string): Expected {
  const tables = readTables(readFileSync(path, 'utf8'))
  const { cells, differences, changes } = headings[ecosystem]
  const expected = {
    cells: cellsOf(tableAt(tables, cells), ecosystem),
    changes: columnOf(tableAt(tables, changes), client),
  }
  for (const [clients = '', rollout = '', views = '', asked = '', gets = ''] of tableAt(tables, differences)
    .rows) {
    if (!words(clients).includes(client)) continue
    for (const key of keysOf(rollout, views)) {
      const row = expected.cells[key]
      for (const spec of words(asked).map((text) => specOf(ecosystem, text))) {
        if (row?.[spec] === undefined) throw new Error(`${differences}: no cell ${key} ${spec}`)
        row[spec] = gets
      }
    }
  }
  return expected
}

/** Tables of a Markdown text by the heading above them. Backticks are dropped. */
export function readTables(text: string): ReadonlyMap<string, Table> {
  const tables = new Map<string, Table>()
  for (const section of text.split(/^#+ /m)) {
    const [heading = '', ...lines] = section.split('\n')
    const [head, , ...rows] = lines.filter((line) => line.startsWith('|')).map(cellsOfLine)
    if (head !== undefined) tables.set(heading.trim(), { head, rows })
  }
  return tables
}

function cellsOfLine(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.replaceAll('`', '').trim())
}

function tableAt(tables: ReadonlyMap<string, Table>, heading: string): Table {
  const table = tables.get(heading)
  if (table === undefined) throw new Error(`docs/clients.md has no table under "${heading}"`)
  return table
}

function cellsOf({ head, rows }: Table, ecosystem: Ecosystem): Expected['cells'] {
  const specs = head.slice(2).map((text) => specOf(ecosystem, text))
  const cells: Expected['cells'] = {}
  for (const [rollout = '', views = '', ...gets] of rows) {
    const known = specs.map((spec, at) => [spec, gets[at] ?? '-'] as const).filter(([, text]) => text !== '-')
    for (const key of keysOf(rollout, views)) cells[key] = Object.fromEntries(known)
  }
  return cells
}

function columnOf({ head, rows }: Table, client: string): Record<string, string> {
  const at = head.indexOf(client)
  if (at < 0) throw new Error(`docs/clients.md knows ${head.slice(1).join(', ')}, not ${client}`)
  const known = rows.filter((row) => row[at] !== '-')
  return Object.fromEntries(known.map((row) => [row[0] ?? '', row[at] ?? '']))
}

function keysOf(rollout: string, views: string): string[] {
  const state = stateOf[rollout]
  if (state === undefined) throw new Error(`docs/clients.md: no rollout is ${rollout}`)
  return (views === 'any' ? allViews : words(views)).map((view) => `${state} ${view}`)
}

function specOf(ecosystem: Ecosystem, text: string): string {
  const known = Object.entries(specsOf[ecosystem]).find(
    ([, spec]) => spec === (text === 'nothing' ? '' : text),
  )
  if (known === undefined) throw new Error(`docs/clients.md: nobody asks for ${text}`)
  return known[0]
}

/** Words of a list; the ways to ask may hold a comma without a space. */
function words(list: string): string[] {
  return list.split(/, | and (?!newer)/)
}
