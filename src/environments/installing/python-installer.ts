import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { normalizeName } from '../../versions/normalize-name.ts'
import { fullVersion, type VersionRule } from '../choosing/version-rule.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import {
  type InstalledContents,
  type InstallOrder,
  type InstallTools,
  lastLines,
  wasUnreachable,
} from './installer.ts'

/**
 * Installs one Python package with its dependencies: `lib` goes onto the module path, `bin` holds the entry
 * points, which find `lib` by themselves.
 */
export async function installPython(
  order: InstallOrder,
  tools: InstallTools,
): Promise<Outcome<InstalledContents>> {
  const lib = join(order.folder, 'lib')
  await mkdir(lib)
  const ran = await tools.run({
    program: tools.python,
    args: [
      ...['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--target', lib],
      ...(tools.index === null ? [] : ['--index-url', tools.index]),
      requirementOf(order),
    ],
    cwd: order.folder,
    // A target excludes these two, wherever a person's settings ask for them.
    env: { ...tools.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0', PIP_ROOT_USER_ACTION: 'ignore' },
    timeoutMs: tools.timeoutMs,
    ...(tools.onOutput === undefined ? {} : { onOutput: tools.onOutput }),
  })
  if (ran.timedOut) return refuse(`pip did not finish in ${tools.timeoutMs / 1000} s`)
  if (ran.code !== 0) {
    const kind = wasUnreachable(ran.tail) ? 'unreachable' : 'refused'
    return refuse(`pip could not install ${requirementOf(order)}:\n${lastLines(ran.tail)}`, kind)
  }
  const contents = await distributionsIn(lib)
  const main = contents[order.ref.name]
  if (main === undefined) {
    return refuse(`pip installed ${Object.keys(contents).join(', ') || 'nothing'}, but no ${order.ref.name}`)
  }
  const commands = await moveCommands(lib, join(order.folder, 'bin'))
  const version = await tools.run({
    ...{ program: tools.python, args: ['--version'], cwd: order.folder, env: tools.env, timeoutMs: 60_000 },
  })
  const versions = Object.fromEntries(Object.entries(contents).map(([name, found]) => [name, found.version]))
  return done({
    version: main.version,
    contents: versions,
    imports: await importsIn(join(lib, main.info)),
    commands,
    madeWith: lastLines(version.stdout, 1),
  })
}

function requirementOf({ ref, rule }: InstallOrder): string {
  if (rule.kind === 'path') return rule.path
  return `${ref.name}${clauseOf(rule)}`
}

function clauseOf(rule: Exclude<VersionRule, { kind: 'path' }>): string {
  if (rule.kind === 'live') return ''
  return rule.kind === 'partial' ? `==${rule.text}.*` : `==${fullVersion('pypi', rule.text) ?? rule.text}`
}

interface Distribution {
  readonly version: string
  readonly info: string
}

/** What lies in a target folder, by the metadata of each distribution. */
async function distributionsIn(lib: string): Promise<Readonly<Record<string, Distribution>>> {
  const found: Record<string, Distribution> = {}
  for (const info of await readdir(lib)) {
    if (!info.endsWith('.dist-info')) continue
    const metadata = await readFile(join(lib, info, 'METADATA'), 'utf8')
    const name = normalizeName('pypi', /^Name: *(\S+)/im.exec(metadata)?.[1] ?? '')
    const version = fullVersion('pypi', /^Version: *(\S+)/im.exec(metadata)?.[1] ?? '')
    if (name.ok && version !== null) found[name.value] = { version, info }
  }
  return found
}

/** The top-level modules of a distribution, by its RECORD. */
async function importsIn(info: string): Promise<readonly string[]> {
  const record = await readFile(join(info, 'RECORD'), 'utf8')
  const names = record.split('\n').flatMap((line) => {
    const path = line.startsWith('"') ? line.slice(1) : line
    const top =
      /^([A-Za-z_][A-Za-z0-9_]*)(?:\/|\.(?:py|pyd|so|[A-Za-z0-9_-]+\.so|[A-Za-z0-9_-]+\.pyd),)/.exec(
        path,
      )?.[1]
    return top === undefined || top === '__pycache__' || top === 'bin' ? [] : [top]
  })
  return [...new Set(names)].sort()
}

/**
 * Moves pip's scripts beside `lib` and has Python ones look for modules there first, so that they run from any
 * link and without settings. Others stay as they are.
 */
async function moveCommands(lib: string, bin: string): Promise<readonly string[]> {
  const from = join(lib, 'bin')
  const names = (await readdir(lib)).includes('bin') ? (await readdir(from)).sort() : []
  if (names.length === 0) return []
  await mkdir(bin)
  const commands: string[] = []
  for (const name of names) {
    if (name === '__pycache__') continue
    const bytes = await readFile(join(from, name))
    const end = bytes.indexOf('\n') + 1
    const isPython = /^#!.*python/.test(bytes.subarray(0, end).toString('latin1'))
    await writeFile(
      join(bin, name),
      isPython ? Buffer.concat([bytes.subarray(0, end), FIND_LIB, bytes.subarray(end)]) : bytes,
    )
    await chmod(join(bin, name), 0o755)
    commands.push(name)
  }
  await rm(from, { recursive: true })
  return commands
}

const FIND_LIB = Buffer.from(
  'import os, sys; sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "lib"))\n',
)
