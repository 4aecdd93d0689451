import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { normalizeName } from '../../versions/normalize-name.ts'
import { fullVersion, isWrittenInFull } from '../choosing/version-rule.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import type { InstalledContents } from '../root/installed-marker.ts'
import { COMPILE_MODULES } from './compile-modules.ts'
import {
  type InstallOrder,
  type InstallTools,
  lastLines,
  type NamedOrder,
  type ProgramRunner,
  wasUnreachable,
} from './installer.ts'
import { pipConflict } from './pip-conflict.ts'
import { importNames } from './python-import-names.ts'
import { moveCommands, START_WITH_PATH_FILES } from './python-start.ts'

interface Interpreter {
  readonly tag: string
  readonly version: string
}

const TELL = 'import sys; print(sys.implementation.cache_tag, "%d.%d.%d" % sys.version_info[:3])'

/** Which Python installs: `cpython-311` and its version. */
export async function pythonInterpreter(tools: InstallTools): Promise<Outcome<Interpreter>> {
  const { python: program, env } = tools
  const ran = await tools.run({ program, args: ['-c', TELL], cwd: '/', env, timeoutMs: 60_000 })
  const [tag, version] = lastLines(ran.stdout, 1).split(' ')
  if (ran.code === 0 && tag && version) return done({ tag, version })
  return refuse(`python: cannot run ${program}: ${lastLines(ran.tail, 2)}`, 'usage')
}

/**
 * Installs one Python package with its dependencies: `lib` goes onto the module path, `bin` holds the entry
 * points, which find `lib` by themselves, and `start` is there where `.pth` files have to be read.
 */
export async function installPython(
  order: InstallOrder,
  tools: InstallTools,
): Promise<Outcome<InstalledContents>> {
  const python = await pythonInterpreter(tools)
  if (!python.ok) return python
  const lib = join(order.folder, 'lib')
  await mkdir(lib)
  const ran = await pipInstalled(order, tools, lib)
  if (!ran.ok) return ran
  const contents = await distributionsIn(lib)
  const main = contents[order.ref.name]
  if (main === undefined) {
    return refuse(`pip installed ${Object.keys(contents).join(', ') || 'nothing'}, but no ${order.ref.name}`)
  }
  const hasPathFiles = (await readdir(lib)).some((name) => name.endsWith('.pth'))
  if (hasPathFiles) {
    await mkdir(join(order.folder, 'start'))
    await writeFile(join(order.folder, 'start', 'sitecustomize.py'), START_WITH_PATH_FILES)
  }
  const commands = await moveCommands(order.folder, hasPathFiles)
  // What a module that cannot be compiled is good for is its package's business, so this never fails.
  const compile = { program: tools.python, args: ['-I', '-c', COMPILE_MODULES, lib], cwd: order.folder }
  await tools.run({ ...compile, env: tools.env, timeoutMs: tools.timeoutMs })
  const entries = Object.entries(contents)
  const imports: Record<string, string[]> = {}
  for (const [name, { info }] of entries) imports[name] = [...(await importNames(lib, info))]
  return done({
    version: main.version,
    extras: [...order.extras],
    interpreter: python.value.tag,
    contents: Object.fromEntries(entries.map(([name, found]) => [name, found.version])),
    imports,
    hasPathFiles,
    commands: [...commands],
    madeWith: `Python ${python.value.version}`,
  })
}

/** What one process could have together: each package's version, as pip would install them all at once. */
export async function resolveTogether(
  orders: readonly NamedOrder[],
  tools: InstallTools,
  folder: string,
): Promise<Outcome<readonly string[]>> {
  const report = join(folder, 'report.json')
  const requirements = orders.flatMap((order) => requirementArgs(order, clausesOf(order)[0] ?? ''))
  const constraints = orders[0]?.constraints ?? []
  const ran = await runPip(tools, folder, constraints, [
    ...['--dry-run', '--report', report, '--target', join(folder, 'lib'), ...requirements],
  ])
  if (!ran.ok) return ran
  const { install } = JSON.parse(await readFile(report, 'utf8')) as {
    install: { metadata: { name: string; version: string } }[]
  }
  return done(install.map(({ metadata }) => `${metadata.name}==${metadata.version}`))
}

async function pipInstalled(order: InstallOrder, tools: InstallTools, lib: string): Promise<Outcome<null>> {
  const [first = '', second] = clausesOf(order)
  const args = ['--no-compile', '--target', lib]
  const install = (clause: string) =>
    runPip(tools, order.folder, order.constraints, [...args, ...requirementArgs(order, clause)])
  const ran = await install(first)
  const isMissing = !ran.ok && ran.refusal.message.includes('No matching distribution')
  if (second === undefined || !isMissing) return ran
  // 3.1.4 means 3.1.4 itself or, where there is none, the highest 3.1.4.*.
  const deeper = await install(second)
  return deeper.ok ? deeper : ran
}

async function runPip(
  tools: InstallTools,
  folder: string,
  constraints: readonly string[],
  args: readonly string[],
): Promise<Outcome<null>> {
  const file = join(folder, 'constraints.txt')
  if (constraints.length > 0) await writeFile(file, `${constraints.join('\n')}\n`)
  const ran = await tools.run({
    program: tools.python,
    args: [
      ...['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check'],
      ...(tools.index === null ? [] : ['--index-url', tools.index]),
      ...(constraints.length === 0 ? [] : ['--constraint', file]),
      ...args,
    ],
    cwd: folder,
    // A target excludes the first two, wherever a person's settings ask for them; a quiet pip would hide what it
    // found to be in conflict.
    env: {
      ...{ ...tools.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' },
      ...{ PIP_QUIET: '0', PIP_ROOT_USER_ACTION: 'ignore' },
    },
    timeoutMs: tools.timeoutMs,
    ...(tools.onOutput === undefined ? {} : { onOutput: tools.onOutput }),
  })
  return pipOutcome(ran, args.at(-1) ?? '', tools.timeoutMs)
}

function pipOutcome(
  ran: Awaited<ReturnType<ProgramRunner>>,
  wanted: string,
  timeoutMs: number,
): Outcome<null> {
  if (ran.timedOut) return refuse(`pip did not finish in ${timeoutMs / 1000} s`)
  if (ran.code === 0) return done(null)
  const conflict = pipConflict(ran.tail)
  if (conflict !== null) return refuse(conflict)
  const kind = wasUnreachable(ran.tail) ? 'unreachable' : 'refused'
  return refuse(`pip could not install ${wanted}:\n${lastLines(ran.tail)}`, kind)
}

/** What is behind the name, in the order in which it is tried. */
function clausesOf({ rule }: Pick<InstallOrder, 'rule'>): readonly string[] {
  if (rule.kind === 'live' || rule.kind === 'path') return ['']
  if (rule.kind === 'full') return [`==${fullVersion('pypi', rule.text) ?? rule.text}`]
  return isWrittenInFull(rule.text) ? [`==${rule.text}`, `==${rule.text}.*`] : [`==${rule.text}.*`]
}

function requirementArgs({ ref, rule, extras, isEditable }: NamedOrder, clause: string): readonly string[] {
  const chosen = extras.length === 0 ? '' : `[${extras.join(',')}]`
  if (rule.kind !== 'path') return [`${ref.name}${chosen}${clause}`]
  return [...(isEditable ? ['--editable'] : []), `${rule.path}${chosen}`]
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
