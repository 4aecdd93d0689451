import { basename, dirname, join } from 'node:path'
import { packageIdOf } from '../../versions/release.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import type { EnvironmentFiles } from '../root/environment-files.ts'
import { readMarker } from '../root/installed-marker.ts'
import { type PackageState, versionFor } from '../root/package-state.ts'
import { readState, versionFolder } from '../root/state-store.ts'
import type { PackageRef, PackageRequest, VersionRule } from './version-rule.ts'

/** A version chosen for a process. */
export interface FoundVersion {
  readonly ref: PackageRef
  /** Null for a plain folder that says nothing of itself. */
  readonly version: string | null
  /** Where it lies, links resolved. */
  readonly folder: string
  /** The texts that this version answers to. */
  readonly rules: readonly string[]
  /** What must agree in one process. */
  readonly contents: Readonly<Record<string, string>>
  /** Goes onto the path on which the language looks for modules. */
  readonly modules: string
  /** Goes onto `PATH`; null without commands. */
  readonly commands: string | null
}

/** The version that a request means, searched root by root. */
export async function findInstalled(
  files: EnvironmentFiles,
  roots: readonly string[],
  request: PackageRequest,
  rules: readonly VersionRule[] = [request.rule],
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
    const matching = states.flatMap((state) => {
      const entry = versionFor(state, rules)
      return entry === null ? [] : [{ state, entry }]
    })
    const [first, second] = matching
    if (first === undefined) continue
    if (second !== undefined)
      return refuse(`${request.text} is in ${root} for PyPI and for npm; say pypi: or npm: in front`, 'usage')
    const folder = await files.real(versionFolder(root, first.state, first.entry.folder))
    if (folder === null) return refuse(`${versionFolder(root, first.state, first.entry.folder)} is missing`)
    return done(await describe(files, folder, first.state, first.entry))
  }
  return refuse(noMatch(request, roots, seen))
}

async function describe(
  files: EnvironmentFiles,
  folder: string,
  ref: PackageRef,
  { version, rules }: { readonly version: string; readonly rules: readonly string[] },
): Promise<FoundVersion> {
  const marker = await readMarker(files, folder)
  const hasCommands = (marker?.commands.length ?? 0) > 0
  return {
    ...{ ref: { ecosystem: ref.ecosystem, name: ref.name }, version, folder, rules },
    contents: marker?.contents ?? { [ref.name]: version },
    modules: join(folder, ref.ecosystem === 'pypi' ? 'lib' : 'node_modules'),
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
    return done(await describe(files, folder, marker, { version: marker.version, rules: [marker.version] }))
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
  return done({ ref, version: null, folder, rules: [], contents: {}, modules, commands: null })
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
      `${packageIdOf(state)} in ${root}: ${state.versions.map(({ version }) => version).join(', ')}`,
  )
  return [
    `${request.text} is not installed`,
    ...(installed.length === 0
      ? [`looked in ${roots.join(', ')}`]
      : installed.map((line) => `installed is ${line}`)),
    `to get it: ${getCommand(request, seen[0]?.root ?? roots[0] ?? null)}`,
  ].join('\n')
}

/** The command that installs what a request means. */
export function getCommand({ text }: Pick<PackageRequest, 'text'>, root: string | null): string {
  return `slipway env install ${text}${root === null ? '' : ` --root ${root}`}`
}
