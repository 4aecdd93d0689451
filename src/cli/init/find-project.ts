import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { normalizeName } from '../../versions/normalize-name.ts'
import type { PackageId } from '../../versions/release.ts'

/** A package that is built from this folder. */
export interface FoundPackage {
  readonly id: PackageId
  /** Where it is built, relative to the repository; `.` for its root. */
  readonly folder: string
  /** How its tags look where they are not the usual ones; null where they are, or where there are none. */
  readonly tag: string | null
}

/** What a repository is made of, as far as `init` has to know. */
export interface FoundProject {
  readonly packages: readonly FoundPackage[]
  /** Names that it depends on, by ecosystem. */
  readonly dependencies: readonly PackageId[]
  readonly client: 'npm' | 'pnpm' | 'yarn' | 'bun'
  readonly hasPython: boolean
  readonly hasNode: boolean
  /** How its tests are started; null where nothing says it. */
  readonly test: string | null
  readonly defaultBranch: string
}

const skipped = [
  '**/node_modules/**',
  '**/.*/**',
  '**/dist/**',
  '**/build/**',
  '**/test/**',
  '**/tests/**',
  '**/examples/**',
]

/** Looks through a repository: its manifests, at most three folders deep, and its tags. */
export function findProject(root: string): FoundProject {
  const paths = ['package.json', 'pyproject.toml', 'setup.cfg'].flatMap((name) =>
    [name, `*/${name}`, `*/*/${name}`].flatMap((pattern) =>
      globSync(pattern, { cwd: root, exclude: skipped }),
    ),
  )
  const manifests = paths.sort().map((path) => ({ path, text: textOf(join(root, path)) }))
  const tags = git(root, ['tag', '--list'])
  const packages = manifests.flatMap(({ path, text }): FoundPackage[] => {
    const id = path.endsWith('package.json') ? npmPackage(text) : pythonPackage(path, text)
    const folder = dirname(path)
    return id === null ? [] : [{ id, folder, tag: tagOf(id, tags) }]
  })
  const hasNode = paths.some((path) => path.endsWith('package.json'))
  const python = ['pyproject.toml', 'setup.cfg', 'setup.py', 'requirements.txt']
  const hasPython = python.some(
    (name) => globSync([name, `*/${name}`], { cwd: root, exclude: skipped }).length > 0,
  )
  return {
    packages: withoutDoubles(packages),
    dependencies: dependenciesIn(root, manifests),
    client: clientOf(root),
    hasNode,
    hasPython,
    test: testOf(root, hasNode, hasPython),
    defaultBranch: git(root, ['symbolic-ref', '--short', 'HEAD'])[0] ?? 'main',
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Lines that git prints; none where this is no repository. */
function git(root: string, args: readonly string[]): readonly string[] {
  try {
    const said = execFileSync('git', [...args], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return said.split('\n').filter((line) => line !== '')
  } catch {
    return []
  }
}

function idOf(ecosystem: 'npm' | 'pypi', name: unknown): PackageId | null {
  const normal = typeof name === 'string' ? normalizeName(ecosystem, name) : null
  return normal?.ok ? `${ecosystem}:${normal.value}` : null
}

function npmPackage(text: string): PackageId | null {
  const { name, version, private: isPrivate } = jsonOf(text)
  return isPrivate === true || typeof version !== 'string' ? null : idOf('npm', name)
}

/** `name` of `[project]`, of `[tool.poetry]`, or of `[metadata]` in setup.cfg. */
function pythonPackage(path: string, text: string): PackageId | null {
  const tables = path.endsWith('.cfg') ? ['metadata'] : ['project', 'tool.poetry']
  const name = tables.map((table) => valueIn(text, table, 'name')).find((found) => found !== null)
  return idOf('pypi', name)
}

/** A text value of a table, in the shape that TOML and INI share. */
function valueIn(text: string, table: string, key: string): string | null {
  const lines = text.split('\n').map((line) => line.trim())
  const start = lines.indexOf(`[${table}]`)
  if (start < 0) return null
  for (const line of lines.slice(start + 1)) {
    if (line.startsWith('[')) return null
    const [, found = '', value = ''] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (found === key) return value.replace(/^(["'])(.*)\1.*$/, '$2')
  }
  return null
}

function withoutDoubles(packages: readonly FoundPackage[]): readonly FoundPackage[] {
  return packages.filter(({ id }, index) => packages.findIndex((other) => other.id === id) === index)
}

/** The greatest tag of a package decides; `v1.2.3` and `1.2.3` are known without being said. */
function tagOf(id: PackageId, tags: readonly string[]): string | null {
  const name = id.slice(id.indexOf(':') + 1)
  const short = name.slice(name.indexOf('/') + 1)
  const version = /\d+(?:\.\d+)+(?:[-.+]?[0-9A-Za-z.]+)?$/
  for (const tag of tags.toReversed()) {
    const before = tag.replace(version, '')
    if (before === tag || before === 'v' || before === '') continue
    if (before.includes(short)) return `${before}{version}`
  }
  return null
}

function dependenciesIn(
  root: string,
  manifests: readonly { readonly path: string; readonly text: string }[],
): readonly PackageId[] {
  const npm = manifests
    .filter(({ path }) => path.endsWith('package.json'))
    .flatMap(({ text }) => {
      const { dependencies, devDependencies } = jsonOf(text)
      return Object.keys({ ...Object(dependencies), ...Object(devDependencies) })
    })
    .map((name) => idOf('npm', name))
  const listed = textOf(join(root, 'requirements.txt')).split('\n')
  const [, block = ''] = /^dependencies\s*=\s*\[([^\]]*)\]/m.exec(textOf(join(root, 'pyproject.toml'))) ?? []
  const quoted = [...block.matchAll(/["']([^"']+)["']/g)].map(([, text = '']) => text)
  const pypi = [...listed, ...quoted]
    .map((line) => /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)/.exec(line)?.[1] ?? '')
    .filter((name) => name !== '')
    .map((name) => idOf('pypi', name))
  return [...new Set([...npm, ...pypi])].filter((id) => id !== null)
}

function clientOf(root: string): FoundProject['client'] {
  const has = (pattern: string) => globSync(pattern, { cwd: root }).length > 0
  if (has('pnpm-lock.yaml') || has('pnpm-workspace.yaml')) return 'pnpm'
  if (has('yarn.lock')) return 'yarn'
  return has('bun.lock') ? 'bun' : 'npm'
}

function testOf(root: string, hasNode: boolean, hasPython: boolean): string | null {
  const { scripts } = jsonOf(textOf(join(root, 'package.json')))
  if (hasNode && typeof Object(scripts).test === 'string') return 'npm test'
  if (!hasPython) return null
  const pytest = /pytest/.test(textOf(join(root, 'pyproject.toml')) + textOf(join(root, 'requirements.txt')))
  return pytest ? 'python -m pytest' : 'python -m unittest discover'
}
