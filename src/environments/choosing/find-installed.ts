import { basename, dirname, join } from 'node:path'
import { packageIdOf } from '../../versions/release.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import type { EnvironmentFiles } from '../root/environment-files.ts'
import { readMarker } from '../root/installed-marker.ts'
import {
  type InstalledVersion,
  interpretersOf,
  type PackageState,
  versionFor,
} from '../root/package-state.ts'
import { readState, versionFolder } from '../root/state-store.ts'
import type { PackageRef, PackageRequest, VersionRule } from './version-rule.ts'

/** A version chosen for a process. */
export interface FoundVersion {
  readonly ref: PackageRef
  /** Null for a plain folder that says nothing of itself. */
  readonly version: string | null
  /** Where it lies, links resolved. */
  readonly folder: string
  /** The root it is in; null for a folder outside of them. */
  readonly root: string | null
  /** What it was installed for; null for a plain folder. */
  readonly interpreter: string | null
  /** What must agree in one process. */
  readonly contents: Readonly<Record<string, string>>
  /** Goes onto the path on which the language looks for modules. */
  readonly modules: string
  /** Goes onto the module path before `modules`, where Python has `.pth` files to read; else null. */
  readonly start: string | null
  /** Goes onto `PATH`; null without commands. */
  readonly commands: string | null
}

/** What will run the modules. */
export interface Interpreters {
  /** Whether a person named it, so that nothing else will do. */
  readonly isNamed: boolean
  /** `cpython-311`, `node-115`; asked only where it matters. Null where that cannot be found out. */
  of(ecosystem: PackageRef['ecosystem']): Promise<string | null>
}

/** For whoever only wants to know where something is. */
export const ANY_INTERPRETER: Interpreters = { isNamed: false, of: async () => null }

/** The version that a request means, searched root by root. */
export async function findInstalled(
  files: EnvironmentFiles,
  roots: readonly string[],
  request: PackageRequest,
  rules: readonly VersionRule[] = [request.rule],
  interpreters: Interpreters = ANY_INTERPRETER,
): Promise<Outcome<FoundVersion>> {
  if (request.rule.kind === 'path') return findFolder(files, request, request.rule.path)
  const seen: { readonly root: string; readonly state: PackageState }[] = []
  for (const root of roots) {
    const states = []
    for (const ref of request.packages) {
      const state = await readState(files, root, ref)
      if (state !== null) states.push(state)
    }
    seen.push(...states.map((state) => ({ root, state })))
    const matching = []
    for (const state of states) {
      const interpreter = await interpreterFor(state, interpreters)
      const entry = versionFor(state, rules, { interpreter, extras: request.extras })
      if (entry !== null) matching.push({ state, entry })
    }
    const [first, second] = matching
    if (first === undefined) continue
    if (second !== undefined)
      return refuse(`${request.text} is in ${root} for PyPI and for npm; say pypi: or npm: in front`, 'usage')
    const place = versionFolder(root, first.state, first.entry.build.folder)
    const folder = await files.real(place)
    if (folder === null) return refuse(`${place} is missing`)
    return done(await describe(files, folder, first.state, first.entry.version, root))
  }
  return refuse(noMatch(request, roots, seen))
}

/** Where a package is there for one interpreter only, that one is meant, whatever is called python3 here. */
async function interpreterFor(state: PackageState, interpreters: Interpreters): Promise<string | null> {
  const made = interpretersOf(state).filter((interpreter) => interpreter !== 'node')
  return made.length > 1 || (interpreters.isNamed && made.length > 0)
    ? interpreters.of(state.ecosystem)
    : null
}

async function describe(
  files: EnvironmentFiles,
  folder: string,
  ref: PackageRef,
  version: string,
  root: string | null,
): Promise<FoundVersion> {
  const marker = await readMarker(files, folder)
  const hasCommands = (marker?.commands.length ?? 0) > 0
  return {
    ...{ ref: { ecosystem: ref.ecosystem, name: ref.name }, version, folder, root },
    interpreter: marker?.interpreter ?? null,
    contents: marker?.contents ?? { [ref.name]: version },
    modules: join(folder, ref.ecosystem === 'pypi' ? 'lib' : 'node_modules'),
    start: marker?.hasPathFiles ? join(folder, 'start') : null,
    commands: hasCommands ? join(folder, 'bin') : null,
  }
}

/** An absolute path: a version that `env install` made, or any folder with modules in it. */
async function findFolder(
  files: EnvironmentFiles,
  { text, packages }: PackageRequest,
  path: string,
): Promise<Outcome<FoundVersion>> {
  const folder = await files.real(path)
  if (folder === null) return refuse(`${text}: there is no ${path}`)
  const marker = await readMarker(files, folder)
  if (marker !== null) {
    const isOther = packages.length > 0 && !packages.some(({ name }) => name === marker.name)
    if (isOther) return refuse(`${text}: ${path} holds ${marker.name} ${marker.version}`)
    return done(await describe(files, folder, marker, marker.version, null))
  }
  const names = await files.list(folder)
  if (names.length === 0) return refuse(`${text}: ${path} is no folder, or an empty one`)
  const isNode = names.includes('node_modules') || names.includes('package.json')
  const modules = isNode ? modulesAround(folder, names) : folder
  if (modules === null)
    return refuse(
      `${text}: Node finds ${path} only inside a folder called node_modules; name that one or one above`,
    )
  const named = packages.find(({ ecosystem }) => ecosystem === (isNode ? 'npm' : 'pypi'))
  const ref = named ?? { ecosystem: isNode ? ('npm' as const) : ('pypi' as const), name: basename(folder) }
  const nothing = { version: null, root: null, interpreter: null, contents: {}, start: null, commands: null }
  return done({ ref, folder, modules, ...nothing })
}

function modulesAround(folder: string, names: readonly string[]): string | null {
  if (names.includes('node_modules') && !names.includes('package.json')) return join(folder, 'node_modules')
  const above = dirname(folder)
  const modules = basename(above).startsWith('@') ? dirname(above) : above
  if (basename(modules) === 'node_modules') return modules
  return names.includes('node_modules') ? join(folder, 'node_modules') : null
}

function noMatch(
  request: PackageRequest,
  roots: readonly string[],
  seen: readonly { readonly root: string; readonly state: PackageState }[],
): string {
  const installed = seen.map(
    ({ root, state }) =>
      `${packageIdOf(state)} in ${root}: ${state.versions.map((entry) => sayVersion(state, entry, request)).join(', ')}`,
  )
  return [
    `${request.text} is not installed`,
    ...(installed.length === 0
      ? [`looked in ${roots.join(', ')}`]
      : installed.map((line) => `installed is ${line}`)),
    `to get it: ${getCommand(request, seen[0]?.root ?? roots[0] ?? null)}`,
  ].join('\n')
}

/** A version with what may be why it does not serve: the interpreters it is for, the extras it has. */
function sayVersion(
  state: PackageState,
  { version, builds }: InstalledVersion,
  request: PackageRequest,
): string {
  const isOneOf = interpretersOf(state).length > 1
  const said = builds.map(({ interpreter, extras }) => {
    const chosen = request.extras.length === 0 || extras.length === 0 ? '' : `[${extras.join(',')}]`
    return `${version}${chosen}${isOneOf ? ` for ${interpreter}` : ''}`
  })
  return [...new Set(said)].join(', ')
}

/** The command that installs what a request means. */
export function getCommand({ text }: Pick<PackageRequest, 'text'>, root: string | null): string {
  return `slipway env install ${text}${root === null ? '' : ` --root ${root}`}`
}
