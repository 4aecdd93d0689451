import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { zipSync } from 'fflate'
import { create } from 'tar'
import type { Ecosystem } from '../../src/versions/version-scheme.ts'

const mebibyte = 1024 * 1024

type Files = Record<string, Uint8Array>

/** A kind of large package: what lies in it, and how it is packed. */
export interface LargeKind {
  readonly name: string
  readonly ecosystem: Ecosystem
  /** Its files; no text is the same in two calls, so that nothing is spared by being unchanged. */
  readonly files: (version: string) => Files
}

const texts = (count: number, one: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => one(at))
const noise = () => randomBytes(60).toString('base64')

/** Functions of Python with a line of text each, as generated code looks. */
const python = (functions: number): string =>
  texts(
    functions,
    (at) =>
      `def f${at}(first, second=${at}, *, option=None):\n    """${noise()}"""\n    return first + second\n`,
  ).join('\n')

const script = (functions: number): string =>
  texts(functions + 1, (at) =>
    at === functions
      ? 'function read(a, b) { return { items: [a, b], total: 0 } }\n'
      : `/** ${noise()} */\nexports.f${at} = function (first, second) {\n  const value = read(first, second || ${at})\n  for (const one of value.items) value.total += one.amount * ${at}\n  return value\n}\n`,
  ).join('\n')

function modules(folder: string, count: number, functions: number, first: Files = {}): Files {
  const files: Files = { ...first, [`${folder}/__init__.py`]: Buffer.from('') }
  for (let module = 0; module < count; module += 1)
    files[`${folder}/part${module}.py`] = Buffer.from(`import os\nfrom . import part0\n${python(functions)}`)
  return files
}

function machineCode(ending: string): Files {
  const files: Files = {}
  for (let part = 0; part < 30; part += 1) files[`large/_core${part}.${ending}`] = randomBytes(mebibyte)
  return files
}

function scripts(count: number, functions: number, first: Files = {}): Files {
  const files: Files = { ...first, 'index.js': Buffer.from('module.exports = require("./lib/part0")\n') }
  for (let module = 0; module < count; module += 1)
    files[`lib/part${module}.js`] = Buffer.from(script(functions))
  return files
}

/** Archives of about 40 MB: much that no rule reads, nothing else than what rules read, many small files. */
export const largeKinds: readonly LargeKind[] = [
  {
    name: 'wheel of machine code and 700 modules',
    ecosystem: 'pypi',
    files: () => modules('large', 700, 120, machineCode('so')),
  },
  {
    name: 'wheel of 4,200 modules',
    ecosystem: 'pypi',
    files: () => modules('large', 4200, 120),
  },
  {
    name: 'wheel of 17,000 modules',
    ecosystem: 'pypi',
    files: () => modules('large', 17_000, 20),
  },
  {
    name: 'tarball of machine code and 24 scripts',
    ecosystem: 'npm',
    files: () => scripts(24, 4500, machineCode('node')),
  },
  { name: 'tarball of 4,800 scripts', ecosystem: 'npm', files: () => scripts(4800, 120) },
]

/** Writes one release of a kind into a folder; the name of its file. */
export async function writeLarge(kind: LargeKind, version: string, folder: string): Promise<string> {
  const files = kind.files(version)
  if (kind.ecosystem === 'pypi') {
    const metadata = `Metadata-Version: 2.1\nName: large\nVersion: ${version}\nRequires-Python: >=3.9\n\n`
    files[`large-${version}.dist-info/METADATA`] = Buffer.from(metadata)
    const name = `large-${version}-py3-none-any.whl`
    writeFileSync(join(folder, name), zipSync(files, { level: 6 }))
    return name
  }
  files['package.json'] = Buffer.from(JSON.stringify({ name: 'large', version }))
  const inside = join(folder, version, 'package')
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(inside, path)), { recursive: true })
    writeFileSync(join(inside, path), bytes)
  }
  const name = `large-${version}.tgz`
  await create({ gzip: true, cwd: join(folder, version), file: join(folder, name) }, ['package'])
  return name
}
