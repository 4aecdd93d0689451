import type { TarballManifest } from '../../archives/npm-manifest.ts'
import { isMapping } from '../../catalog/mapping.ts'
import type { Problem } from '../../versions/problem.ts'

type Document = Readonly<Record<string, unknown>>

/**
 * The first field in which a version's document says something else than `package.json` in its tarball; null
 * when they agree. Installers decide by the document and run what the tarball says, so the two must not differ
 * in anything that either does. Compared is what a field means, because npm, pnpm, Yarn and Bun spell
 * it differently when they publish.
 */
export function manifestMismatch(
  sent: Document,
  { manifest, hasBindingGyp }: TarballManifest,
): Problem | null {
  const inside = meaningOf(manifest, hasBindingGyp)
  const outside = meaningOf(sent, hasBindingGyp)
  for (const [field, meaning] of Object.entries(inside)) {
    const [own, said] = [JSON.stringify(meaning), JSON.stringify(outside[field])]
    if (own === said) continue
    // A folder of programs is written out by whoever publishes it.
    if (field === 'bin' && isMapping(manifest.directories) && manifest.directories.bin !== undefined) continue
    const expected = `${cut(own)}, as package.json in the tarball says`
    return { field, value: cut(said), expected }
  }
  return null
}

function cut(json: string): string {
  return json.length > 400 ? `${json.slice(0, 400)}…` : json
}

/** What installers do with a manifest, in one spelling. */
function meaningOf(document: Document, hasBindingGyp: boolean): Document {
  const optional = dependencies(document.optionalDependencies)
  const bundled = document.bundleDependencies ?? document.bundledDependencies
  const bundles = bundled === true ? Object.keys(dependencies(document.dependencies)) : bundled
  return {
    name: document.name,
    version: plainVersion(document.version),
    // What is optional counts as that, also where it is written among the others.
    dependencies: sorted({ ...dependencies(document.dependencies), ...optional }),
    optionalDependencies: sorted(optional),
    peerDependencies: sorted(dependencies(document.peerDependencies)),
    peerDependenciesMeta: optionalPeers(document.peerDependenciesMeta),
    bundleDependencies: listOf(bundles),
    bin: programs(document),
    os: listOf(document.os),
    cpu: listOf(document.cpu),
    libc: listOf(document.libc),
    engines: sorted(texts(document.engines)),
    scripts: installScripts(document, hasBindingGyp),
  }
}

function plainVersion(version: unknown): unknown {
  return typeof version === 'string' ? version.trim().replace(/^[v=]+/, '') : version
}

function texts(value: unknown): Record<string, string> {
  if (!isMapping(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text.trim()]] : [])),
  )
}

/** Old packages list them, or name them in one text. */
function dependencies(value: unknown): Record<string, string> {
  const list = typeof value === 'string' ? value.trim().split(/[\n\r\s\t ,]+/) : value
  if (!Array.isArray(list)) return texts(value)
  const pairs = list.flatMap((entry: unknown) => {
    if (typeof entry !== 'string' || entry.trim() === '') return []
    const [name = '', ...rest] = entry.trim().split(/[:@\s\t ><=]/)
    return [[name, rest.join('').trim()] as const]
  })
  return Object.fromEntries(pairs)
}

function optionalPeers(value: unknown): readonly string[] {
  if (!isMapping(value)) return []
  return Object.keys(value)
    .filter((name) => isMapping(value[name]) && value[name].optional === true)
    .sort()
}

function listOf(value: unknown): readonly string[] {
  const list = typeof value === 'string' ? [value] : value
  const names = isMapping(list) ? Object.keys(list) : list
  return Array.isArray(names) ? names.filter((item) => typeof item === 'string').sort() : []
}

/** One program is called like its package; `./cli.js` and `cli.js` are the same. */
function programs({ name, bin }: Document): Document {
  const unscoped = String(name).replace(/^@[^/]*\//, '')
  const byName = typeof bin === 'string' ? { [unscoped]: bin } : Array.isArray(bin) ? listed(bin) : texts(bin)
  return sorted(
    Object.fromEntries(
      Object.entries(byName).map(([program, path]) => [
        program.replace(/^.*[\\/:]/, ''),
        path.replace(/^(?:\.?\/)+/, ''),
      ]),
    ),
  )
}

function listed(paths: readonly unknown[]): Record<string, string> {
  const found = paths.filter((path) => typeof path === 'string')
  return Object.fromEntries(found.map((path) => [path.replace(/^.*\//, ''), path]))
}

const scriptNames = ['preinstall', 'install', 'postinstall'] as const

function installScripts({ scripts, gypfile }: Document, hasBindingGyp: boolean): Document {
  const given = texts(scripts)
  const own = scriptNames.flatMap((name) => (given[name] ? [[name, given[name]] as const] : []))
  // npm writes this one into what it publishes; others leave it to the installer.
  const isMade = hasBindingGyp && gypfile !== false && !given.install && !given.preinstall
  return Object.fromEntries(isMade ? [['install', 'node-gyp rebuild'], ...own] : own)
}

function sorted(mapping: Document): Document {
  return Object.fromEntries(Object.entries(mapping).sort(([a], [b]) => (a < b ? -1 : 1)))
}
