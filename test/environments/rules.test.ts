import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { promoteVersion, rollBackVersion, testVersion } from '../../src/environments/change-live.ts'
import { CHOICES } from '../../src/environments/choosing/chosen-version.ts'
import { findInstalled } from '../../src/environments/choosing/find-installed.ts'
import { joinEnvironment } from '../../src/environments/choosing/joined-environment.ts'
import {
  fullVersion,
  numbersOf,
  ownLinkOf,
  parsePackageRequest,
  seriesOf,
} from '../../src/environments/choosing/version-rule.ts'
import { pruneVersions } from '../../src/environments/installing/prune-versions.ts'
import { diskFiles } from '../../src/environments/root/environment-files.ts'
import { namedRoots, rootToChange, searchRoots } from '../../src/environments/root/search-roots.ts'
import { writeTree } from '../action/package-files.ts'
import { scratchFolder } from '../server/scratch-folder.ts'
import { given, install, partsFor, refusalOf, request, view } from './sample-root.ts'

describe('what asks for a version', () => {
  it.each([
    ['pypi', '1.2.3', '1 1.2 1.2.3', '1.2.3'],
    ['pypi', '1.2.3+tweak.2', '1 1.2 1.2.3', '1.2.3+tweak.2'],
    ['pypi', '1.2', '1 1.2', '1.2.0'],
    ['pypi', '7', '7 7.0', '7.0.0'],
    ['pypi', '2024.1.2.3', '2024 2024.1 2024.1.2 2024.1.2.3', '2024.1.2.3'],
    ['pypi', '1.2.3.post1', '1 1.2 1.2.3', '1.2.3.post1'],
    ['pypi', '1.3.0rc1', '', '1.3.0rc1'],
    ['pypi', '1!2.0', '1!2 1!2.0', '1!2.0.0'],
    ['npm', '10.2.3', '10 10.2 10.2.3', '10.2.3'],
    ['npm', '1.2.3+tweak.2', '1 1.2 1.2.3', '1.2.3+tweak.2'],
    ['npm', '1.3.0-rc.1', '', '1.3.0-rc.1'],
  ] as const)('%s %s: series %s, and %s', (ecosystem, version, series, own) => {
    const numbers = numbersOf(ecosystem, version)
    expect(numbers === null ? '' : seriesOf(ecosystem, numbers).join(' ')).toBe(series)
    expect(ownLinkOf(version)).toBe(own)
  })

  it.each([
    ['demo-lib', 'pypi:demo-lib npm:demo-lib', 'live'],
    ['Demo_Lib@1', 'pypi:demo-lib npm:Demo_Lib', 'partial 1'],
    ['pypi:demo-lib@v1.2', 'pypi:demo-lib', 'partial 1.2'],
    ['@scope/lib@1.2.0', 'npm:@scope/lib', 'partial 1.2.0'],
    ['demo-lib@2024.01.05', 'pypi:demo-lib npm:demo-lib', 'partial 2024.1.5'],
    ['demo-lib@v0!3.1.4.1', 'pypi:demo-lib npm:demo-lib', 'partial 3.1.4.1'],
    ['demo-lib@1!02.0', 'pypi:demo-lib npm:demo-lib', 'partial 1!2.0'],
    ['demo-lib[Fast, in_Memory]@1.2', 'pypi:demo-lib', 'partial 1.2'],
    ['npm:@scope/lib', 'npm:@scope/lib', 'live'],
    ['demo-lib@1.2.3+tweak.2', 'pypi:demo-lib npm:demo-lib', 'full 1.2.3+tweak.2'],
    ['/opt/tweaked', '', 'path /opt/tweaked'],
    ['@scope/lib@/opt/tweaked@2', 'npm:@scope/lib', 'path /opt/tweaked@2'],
  ])('%s is %s, %s', (text, packages, rule) => {
    const parsed = request(text)
    expect(parsed.packages.map(({ ecosystem, name }) => `${ecosystem}:${name}`).join(' ')).toBe(packages)
    expect(Object.values(parsed.rule).join(' ')).toBe(rule)
  })

  it.each([
    '',
    '@1',
    'demo-lib@',
    'demo-lib@latest',
    'demo lib@1',
    '../up@1',
    'npm:@scope@1',
    'demo-lib@^1',
    'npm:demo-lib[fast]@1',
    'demo-lib[]@1',
    'demo-lib[a b]',
  ])('refuses %j', (text) => {
    const parsed = parsePackageRequest(text)
    expect(parsed.ok ? 'read' : parsed.problem.expected).toContain('a package such as demo-lib@1.2')
  })

  it('keeps the local part of an npm version, which the registry would drop', () => {
    expect(fullVersion('npm', 'v1.2.3+tweak.2')).toBe('1.2.3+tweak.2')
  })
})

describe('finding', () => {
  let one = ''
  let two = ''
  beforeAll(async () => {
    const folder = await scratchFolder()
    one = join(folder, 'one')
    two = join(folder, 'two')
    given(await install(partsFor(one), ...['1.0.0', '1.2.0', '1.2.1', '1.10.0'].map((v) => `demo-lib@${v}`)))
    given(await install(partsFor(one), 'demo-lib@1.2.1+tweak.2', 'demo-lib@2.0.0rc1'))
    const pass = async () => ({ ok: true as const, value: null })
    for (const text of ['1.2.1', '1.10.0'])
      given(await testVersion(partsFor(one), request('pypi:demo-lib').packages, { kind: 'full', text }, pass))
    given(
      await install(partsFor(two), 'demo-lib@1.3.0', 'demo-lib@1.2.9', 'npm:demo-lib@4.0.0', 'other@1.0.0'),
    )
  })

  const found = async (text: string, roots = [one, two]) => {
    const outcome = await findInstalled(diskFiles, roots, request(text))
    return outcome.ok
      ? `${outcome.value.folder.includes('/one/') ? 'one' : 'two'} ${outcome.value.version}`
      : refusalOf(outcome)
  }

  it.each([
    ['demo-lib@1', 'one 1.10.0'],
    ['demo-lib@1.0', 'one 1.0.0'],
    ['demo-lib@1.2', 'one 1.2.1'],
    // Itself where it is installed, else its series.
    ['demo-lib@1.2.9.0', 'two 1.2.9'],
    ['demo-lib@1.10.0', 'one 1.10.0'],
    ['demo-lib@1.2.1', 'one 1.2.1'],
    ['demo-lib@1.2.1+tweak.2', 'one 1.2.1+tweak.2'],
    // Nothing of it was tested: then the highest.
    ['pypi:demo-lib@1.2.9', 'two 1.2.9'],
    ['demo-lib@1.2.0.0', 'one 1.2.0'],
    ['demo-lib@1.3', 'two 1.3.0'],
    ['demo-lib@2.0.0rc1', 'one 2.0.0rc1'],
    // Live: what was installed first and not changed since.
    ['pypi:demo-lib', 'one 1.0.0'],
    ['npm:demo-lib', 'two 4.0.0'],
  ])('%s is %s', async (text, expected) => expect(await found(text)).toBe(expected))

  it('lets the first folder with any match decide, though a later one has a higher version', async () => {
    expect(await found('demo-lib@1.2', [two, one])).toBe('two 1.2.9')
  })

  it('says what is installed and how to get what is not', async () => {
    expect(
      (await found('demo-lib@1.1')).replaceAll(one, 'ONE').replaceAll(two, 'TWO'),
    ).toMatchInlineSnapshot(`
      "demo-lib@1.1 is not installed
      installed is pypi:demo-lib in ONE: 1.0.0, 1.2.0, 1.2.1, 1.2.1+tweak.2, 1.10.0, 2.0.0rc1
      installed is pypi:demo-lib in TWO: 1.2.9, 1.3.0
      installed is npm:demo-lib in TWO: 4.0.0
      to get it: slipway env install demo-lib@1.1 --root ONE"
    `)
    expect(await found('demo-lib@2')).toContain('demo-lib@2 is not installed')
    expect(await found('nobody', ['/nowhere'])).toBe(
      'nobody is not installed\nlooked in /nowhere\nto get it: slipway env install nobody --root /nowhere',
    )
  })

  it('asks which one is meant where a name is a Python and a Node package of one folder', async () => {
    expect(await found('demo-lib', [two])).toContain('say pypi: or npm: in front')
  })

  it('takes an absolute path: an installed version, a plain folder, but not nothing', async () => {
    const { folder } = given(await findInstalled(diskFiles, [one], request('demo-lib@1.2.0')))
    expect(await found(folder)).toBe('one 1.2.0')
    expect(await found(`demo-lib@${join(one, 'pypi/demo-lib/1.0')}`)).toBe('one 1.0.0')
    expect(await found(`other@${folder}`)).toContain('holds demo-lib 1.2.0')
    expect(await found('/nowhere/at/all')).toBe('/nowhere/at/all: there is no /nowhere/at/all')
    const plain = await scratchFolder()
    await mkdir(join(plain, 'empty'))
    expect(await found(join(plain, 'empty'))).toContain('is no folder, or an empty one')
    await writeTree(plain, {
      'py/demo_lib.py': '',
      'node_modules/@s/a/package.json': '{}',
      'bare/package.json': '{}',
    })
    const modules = async (text: string) => given(await findInstalled(diskFiles, [], request(text))).modules
    expect(await modules(`demo-lib@${plain}/py`)).toBe(join(plain, 'py'))
    expect(await modules(`${plain}/node_modules/@s/a`)).toBe(join(plain, 'node_modules'))
    expect(await found(`${plain}/bare`)).toContain('only inside a folder called node_modules')
  })

  const joined = async (texts: string[], env: NodeJS.ProcessEnv = {}) =>
    joinEnvironment(diskFiles, [one, two], texts.map(request), env)
  const chosen = async (...texts: string[]) => {
    const outcome = await joined(texts)
    return outcome.ok
      ? outcome.value.chosen.map(({ name, version }) => `${name} ${version}`)
      : refusalOf(outcome)
  }

  it('puts several rules for one package together', async () => {
    expect(await chosen('demo-lib@1', 'pypi:demo-lib@1.2')).toEqual(['demo-lib 1.2.1'])
    expect(await chosen('pypi:demo-lib', 'demo-lib@1.2.0', 'other')).toEqual([
      'demo-lib 1.2.0',
      'other 1.0.0',
    ])
  })

  it('names both askers where one process would get two versions', async () => {
    expect(await chosen('demo-lib@1.0', 'demo-lib@1.2')).toBe(
      'two versions of pypi:demo-lib in one process: --with demo-lib@1.0 asks for 1.0.0, --with demo-lib@1.2 asks for 1.2.1',
    )
    expect(refusalOf(await joined(['demo-lib@1.0'], { [CHOICES]: '{' }))).toContain(
      'got a text that no env run wrote',
    )
  })

  it('replaces, in a process of its own, what the surrounding run has of the same package', async () => {
    const outer = given(await joined(['demo-lib@1.0', 'other'])).variables
    const inner = given(await joined(['demo-lib@1.2.0'], outer))
    expect(inner.chosen.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'demo-lib 1.2.0',
      'other 1.0.0',
    ])
    expect(inner.variables.PYTHONPATH).toMatch(/^[^:]*\/1\.2\.0\.[^:]*\/lib:[^:]*\/other\/[^:]*\/lib:[^:]*$/)
    // The same once more adds nothing.
    const same = given(await joined(['demo-lib@1.0.0', 'other'], outer))
    expect(same.variables.PYTHONPATH).toBe(outer.PYTHONPATH)
    expect(JSON.parse(same.variables[CHOICES] ?? '')).toHaveLength(2)
  })

  it('puts chosen modules in front of what the surroundings have', async () => {
    const { variables } = given(
      await joined(['demo-lib@1.0', 'npm:demo-lib'], { PYTHONPATH: '/mine', PATH: '/bin' }),
    )
    const [lib, root, mine] = String(variables.PYTHONPATH).split(':')
    expect([lib?.endsWith('/lib'), root, mine]).toEqual([true, one, '/mine'])
    expect(variables.NODE_PATH).toMatch(/^\S+\/node_modules:\S+\/one$/)
    expect(variables.PATH).toBe('/bin')
  })
})

describe('where it looks', () => {
  const settings = (root: string | null, env: NodeJS.ProcessEnv = {}) => ({
    root,
    env: { HOME: '/h', ...env },
    cwd: '/w',
  })
  it('goes from --root over SLIPWAY_ENV_PATH, the interpreters and the user to the system', () => {
    expect(searchRoots(settings('r', { SLIPWAY_ENV_PATH: '/a::b' }), ['/usr'])).toEqual([
      '/w/r',
      '/a',
      '/w/b',
      '/usr/share/slipway-env',
      '/h/.local/share/slipway-env',
      '/usr/local/share/slipway-env',
    ])
    expect(namedRoots(settings(null))).toEqual([])
  })
  it('changes the first folder that was named, else the user’s own', () => {
    expect(rootToChange(settings(null, { SLIPWAY_ENV_PATH: '/a:/b' }))).toBe('/a')
    expect(rootToChange(settings(null, { XDG_DATA_HOME: '/x' }))).toBe('/x/slipway-env')
  })
})

describe('what is live', () => {
  it('changes by promotion only, goes back step by step, and survives pruning', async () => {
    const root = join(await scratchFolder(), 'root')
    const parts = partsFor(root)
    const { packages } = request('pypi:demo-lib')
    given(await install(parts, 'demo-lib@1.2.0', 'demo-lib@1.2.1', 'demo-lib@1.2.2'))
    expect(await view(root)).toMatchObject({ live: '1.2.0', '1': '1.2.0', '1.2': '1.2.0', '1.2.1': '1.2.1' })
    const full = (text: string) => ({ kind: 'full' as const, text })
    const failing = async () => ({ ok: false as const, refusal: { kind: 'refused' as const, message: 'no' } })
    expect(refusalOf(await promoteVersion(parts, packages, full('1.2.1'), failing))).toBe(
      'no; pypi:demo-lib@1.2.0 stays live',
    )
    expect(await view(root)).toMatchObject({ live: '1.2.0', 'state.previous': null })
    given(await promoteVersion(parts, packages, full('1.2.1'), async () => ({ ok: true, value: null })))
    given(await promoteVersion(parts, packages, full('1.2.2'), null))
    expect(await view(root)).toMatchObject({ live: '1.2.2', previous: '1.2.1' })
    // 1.2.0 is what a second step back would be, but nothing points to it.
    expect(given(await pruneVersions(parts, packages, true))).toEqual([
      { package: 'pypi:demo-lib', gone: ['1.2.0'], kept: ['1.2.1', '1.2.2'] },
    ])
    expect(await view(root)).toMatchObject({ '1.2.0': '1.2.0' })
    given(await pruneVersions(parts, null, false))
    expect(await view(root)).not.toHaveProperty(['1.2.0'])
    expect(await view(root)).toMatchObject({ '1': '1.2.2', '1.2': '1.2.2' })
    expect(given(await rollBackVersion(parts, packages))).toEqual({
      package: 'pypi:demo-lib',
      from: '1.2.2',
      live: '1.2.1',
    })
    // No link names what was taken back.
    expect(await view(root)).toMatchObject({ '1': '1.2.1', '1.2': '1.2.1', '1.2.2': '1.2.2' })
    expect(refusalOf(await rollBackVersion(parts, packages))).toBe(
      'nothing was live before pypi:demo-lib 1.2.1',
    )
    expect(refusalOf(await promoteVersion(parts, packages, full('3.0.0'), null))).toContain(
      'pypi:demo-lib@3.0.0 is not installed\ninstalled is 1.2.1, 1.2.2\nto get it: slipway env install pypi:demo-lib@3.0.0 --root ',
    )
    expect(refusalOf(await rollBackVersion(parts, request('nobody').packages))).toContain(
      'nobody is not installed in',
    )
  })

  it('installs what is there already no second time', async () => {
    const parts = partsFor(join(await scratchFolder(), 'root'))
    given(await install(parts, 'demo-lib@1.2.0'))
    expect(given(await install(parts, 'demo-lib@1.2'))).toMatchObject([{ version: '9.0.0', isNew: true }])
    expect(given(await install(parts, 'demo-lib@9', 'demo-lib@1.2.0'))).toMatchObject([
      { isNew: false },
      { isNew: false },
    ])
  })

  it('touches no folder that is somebody else’s', async () => {
    const root = await scratchFolder()
    await writeTree(root, { 'pypi/demo-lib/installed/mine/file': 'kept' })
    expect(refusalOf(await install(partsFor(root), 'demo-lib@1.2.0'))).toContain(
      'that slipway env did not make',
    )
    expect(await diskFiles.read(join(root, 'pypi/demo-lib/installed/mine/file'))).toBe('kept')
  })
})
