/**
 * Laws of what clients choose, over real documents with something changed, random pasts and the clients' own rules:
 * npm's picker, and pip's and uv's as their sources and PEP 440 and 592 have them.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import semver from 'semver'
import { describe, expect, it } from 'vitest'
import { simpleTypes } from '../../../src/catalog/hosted/project-page.ts'
import {
  overlaidAbbreviatedPackument,
  overlaidFullPackument,
} from '../../../src/catalog/overlaid/overlaid-npm-documents.ts'
import {
  type OverlaidPackument,
  overlaidPackument,
} from '../../../src/catalog/overlaid/overlaid-packument.ts'
import { type OverlaidProject, overlaidProject } from '../../../src/catalog/overlaid/overlaid-project.ts'
import { overlaidProjectPage } from '../../../src/catalog/overlaid/overlaid-pypi-documents.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { readRecorded } from '../recorded.ts'
import { changedPackuments, changedProjects, type Packument, type Project } from './changed-documents.ts'
import { orderVersions, type Pep440, readVersion } from './pep440-rules.ts'
import { clients, type PageFile, python } from './python-choice.ts'
import { anyPast, links, type Shown, shownThen } from './worlds.ts'

const require = createRequire(import.meta.url)
const pickManifest: (document: object, spec: string, options: object) => { version: string } =
  require('npm-pick-manifest')

/** `CHOICE_RUNS=20000` for a long look. */
const runs = Number(process.env.CHOICE_RUNS ?? 400)
const recorded = await readRecorded()
const timeOf = (text: string) => Date.parse(text) || null
const fails = (property: fc.IProperty<unknown>) =>
  fc.check(property, { numRuns: 5000, seed: 7, endOnFailure: true }).failed

describe('npm', () => {
  type Render = (shown: Shown<OverlaidPackument>, form: 'full' | 'short') => Packument
  const render: Render = ({ overlaid, visibility }, form) => {
    const make = form === 'full' ? overlaidFullPackument : overlaidAbbreviatedPackument
    return JSON.parse(make(overlaid, visibility, links).body)
  }
  const read = (document: Packument): OverlaidPackument => {
    const found = overlaidPackument(`npm:${document.name}`, document, 'https://r.example.org/x', timeOf)
    if (!found.ok) throw new Error(JSON.stringify(found.problem))
    return found.value
  }
  const scenes = fc.record({
    changed: changedPackuments(Object.values(recorded.npm)),
    past: anyPast,
    form: fc.constantFrom('full', 'short'),
    shape: fc.constantFrom(
      ...['', '*', 'latest', 'x', '^a', '~a', '>=a', '<=a', '<a', '>a', 'a - b', '>=0.0.0-0'],
    ),
    first: fc.nat(100),
    second: fc.nat(100),
  })
  const picked = (document: object, spec: string): string | null => {
    try {
      return pickManifest(document, spec, { nodeVersion: '24.0.0', npmVersion: '12.0.0' }).version
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ETARGET') return null
      throw error
    }
  }
  const specOf = ({
    changed,
    shape,
    first,
    second,
  }: typeof scenes extends fc.Arbitrary<infer T> ? T : never) => {
    const known = Object.keys(changed.document.versions).filter((key) => semver.valid(key) !== null)
    const [a = '1.0.0', b = '1.0.0'] = [known[first % known.length], known[second % known.length]].sort(
      (one, other) => semver.compare(one ?? '1.0.0', other ?? '1.0.0'),
    )
    if (shape === 'x') return `${semver.major(a)}.x`
    return shape === 'latest' ? shape : shape.replace('a', a).replace(/b$/, b)
  }
  /** Versions that the view offers, as the document spells them. */
  const offered = ({ overlaid, visibility: { hidden, blocked } }: Shown<OverlaidPackument>) =>
    overlaid.versions.flatMap(({ key, version }) =>
      version === null || hidden.has(version) || blocked.has(version) ? [] : [key],
    )

  const noLeak = (make: Render) =>
    fc.property(scenes, (scene) => {
      const shown = shownThen(read(scene.changed.document), scene.past)
      const spec = specOf(scene)
      const visible = offered(shown)
      fc.pre(visible.length > 0)
      fc.pre(spec === 'latest' || visible.some((key) => semver.satisfies(key, spec, { loose: true })))
      const choice = picked(make(shown, scene.form === 'full' ? 'full' : 'short'), spec)
      expect(visible.map((key) => scene.changed.document.versions[key]?.version)).toContain(choice)
    })

  const pinsWork = (make: Render) =>
    fc.property(scenes, ({ changed: { document }, past, form }) => {
      const shown = shownThen(read(document), past)
      const answered = make(shown, form === 'full' ? 'full' : 'short')
      for (const { key, version } of shown.overlaid.versions) {
        if (version !== key) continue
        expect(picked(answered, key)).toBe(document.versions[key]?.version)
      }
    })

  const neverEmpty = (make: Render) =>
    fc.property(scenes, ({ changed: { document }, past, form }) => {
      const shown = shownThen(read(document), past)
      const { versions } = shown.overlaid.record
      fc.pre(shown.released.some((version) => (versions[version]?.files.length ?? 0) > 0))
      const answered = make(shown, form === 'full' ? 'full' : 'short')
      for (const spec of ['latest', '']) {
        const choice = picked(answered, spec)
        expect(choice).not.toBeNull()
        expect(offered(shown)).toContain(
          Object.keys(answered.versions).find((key) => answered.versions[key]?.version === choice),
        )
      }
    })

  it(
    'gives no candidate to a client that is outside and pins nothing',
    () => fc.assert(noLeak(render), { numRuns: runs }),
    120_000,
  )
  it('fails no pin', () => fc.assert(pinsWork(render), { numRuns: runs / 8 }), 120_000)
  it(
    'leaves every view something to install',
    () => fc.assert(neverEmpty(render), { numRuns: runs }),
    120_000,
  )

  it('a broken index is caught', () => {
    const ownEngines: Render = (shown, form) => {
      const document = render(shown, form)
      for (const { key, engines } of shown.overlaid.versions)
        Object.assign(document.versions[key] ?? {}, { engines: JSON.parse(engines ?? 'null') })
      return document
    }
    const trusting: Render = ({ overlaid, ...shown }, form) =>
      render({ ...shown, overlaid: { ...overlaid, staged: false } }, form)
    const omitting: Render = ({ overlaid, visibility, ...rest }, form) =>
      render({ ...rest, overlaid, visibility: { ...visibility, blocked: visibility.hidden } }, form)
    const strict: Render = ({ visibility, ...rest }, form) => {
      const all = new Set(Object.keys(rest.overlaid.record.versions))
      return render({ ...rest, visibility: { ...visibility, blocked: all } }, form)
    }
    expect([fails(noLeak(ownEngines)), fails(noLeak(trusting))]).toEqual([true, true])
    expect([fails(pinsWork(omitting)), fails(neverEmpty(strict))]).toEqual([true, true])
  }, 120_000)
})

describe('pip and uv', () => {
  type Page = { readonly files: readonly PageFile[] }
  type Render = (shown: Shown<OverlaidProject>) => Page
  const render: Render = ({ overlaid, visibility }) =>
    JSON.parse(overlaidProjectPage(overlaid, visibility, links, simpleTypes.json).body)
  const read = (document: Project): OverlaidProject => {
    const { normalize } = schemeOf('pypi')
    const found = overlaidProject(`pypi:${document.name}`, document, 'https://i.example.org/', {
      timeOf,
      normalize,
    })
    if (!found.ok) throw new Error(JSON.stringify(found.problem))
    return found.value
  }
  const scenes = fc.record({
    changed: changedProjects(Object.values(recorded.pypi).map(({ json }) => json)),
    past: anyPast,
    shape: fc.constantFrom(...['', '>=a', '<=a', '<a', '>a', '~=a', '==a.*', '!=a', '>=a,<b', '>=0.dev0']),
    first: fc.nat(100),
    second: fc.nat(100),
  })
  type Scene = typeof scenes extends fc.Arbitrary<infer T> ? T : never
  const specOf = ({ shape, first, second }: Scene, { overlaid }: Shown<OverlaidProject>) => {
    const { compare, isPrerelease, publicOf } = schemeOf('pypi')
    const known = Object.keys(overlaid.record.versions)
      .filter((version) => !isPrerelease(version))
      .map(publicOf)
    const [a = '1.0', b = '1.0'] = [
      known[first % known.length] ?? '1.0',
      known[second % known.length] ?? '1.0',
    ].sort(compare)
    if (shape === '~=a' && !a.includes('.')) return `>=${a}`
    const prefix = /^(?:\d+!)?\d+(?:\.\d+)*/.exec(a)?.[0] ?? a
    return shape === '==a.*' ? `==${prefix}.*` : shape.replace('a', a).replace(/<b$/, `<${b}`)
  }
  const numbers = (version: string): Pep440 => {
    const read = readVersion(version)
    if (read === null) throw new Error(`${version} is no version`)
    return read
  }
  const isSame = (a: string, b: string) => orderVersions(numbers(a), numbers(b)) === 0

  const noLeak = (make: Render) =>
    fc.property(scenes, (scene) => {
      const shown = shownThen(read(scene.changed.document), scene.past)
      const { overlaid, visibility } = shown
      const visible = Object.keys(overlaid.record.versions).filter(
        (version) => !visibility.hidden.has(version),
      )
      for (const choose of Object.values(clients)) {
        const choice = choose(make(shown).files, scene.changed.document.name, specOf(scene, shown))
        // As the client reads it, which may be otherwise than we do.
        if (choice !== null) expect(visible.some((version) => isSame(version, choice.text))).toBe(true)
      }
    })

  const pinsWork = (make: Render) =>
    fc.property(scenes, ({ changed: { document }, past }) => {
      const shown = shownThen(read(document), past)
      const { files } = make(shown)
      for (const version of Object.keys(shown.overlaid.record.versions)) {
        for (const [client, choose] of Object.entries(clients)) {
          for (const pin of [`==${version}`, `===${version}`]) {
            const upstream = choose(document.files, document.name, pin)
            const here = choose(files, document.name, pin)
            // What two spellings of a name say nobody gets by the name of either.
            if (upstream !== null && shown.overlaid.files.get(upstream.file.filename)?.version === version)
              expect([client, pin, here?.text]).toEqual([client, pin, expect.any(String)])
            if (here !== null && pin.startsWith('=='))
              expect(isSame(here.text, version) || here.text.includes('+')).toBe(true)
          }
        }
      }
    })

  const neverEmpty = (make: Render) =>
    fc.property(scenes, ({ changed: { document }, past }) => {
      const shown = shownThen(read(document), past)
      const { files } = make(shown)
      const { isPrerelease } = schemeOf('pypi')
      for (const [client, choose] of Object.entries(clients)) {
        const known = document.files.filter(({ filename }) => {
          const version = shown.overlaid.files.get(filename)?.version
          return version != null && shown.released.includes(version) && !isPrerelease(version)
        })
        // Where it could have had a release if there were no other.
        if (choose(known, document.name, '') === null) continue
        const isThere = known.every((file) =>
          files.some(({ filename, url }) => filename === file.filename && url === file.url),
        )
        if (isThere) expect([client, choose(files, document.name, '')]).not.toEqual([client, null])
      }
    })

  it(
    'give no candidate to whoever is outside and pins nothing',
    () => fc.assert(noLeak(render), { numRuns: runs }),
    120_000,
  )
  it('fail no pin', () => fc.assert(pinsWork(render), { numRuns: runs / 8 }), 120_000)
  it(
    'have something to install in every view',
    () => fc.assert(neverEmpty(render), { numRuns: runs }),
    120_000,
  )

  it('a broken index is caught', () => {
    const trusting: Render = ({ overlaid, ...shown }) =>
      render({ ...shown, overlaid: { ...overlaid, staged: false } })
    const omitting: Render = ({ visibility, ...shown }) =>
      render({ ...shown, visibility: { ...visibility, blocked: visibility.hidden } })
    const strict: Render = ({ visibility, ...shown }) => {
      const all = new Set(Object.keys(shown.overlaid.record.versions))
      return render({ ...shown, visibility: { ...visibility, hidden: all } })
    }
    expect([fails(noLeak(trusting)), fails(pinsWork(omitting)), fails(neverEmpty(strict))]).toEqual([
      true,
      true,
      true,
    ])
  }, 120_000)

  it('the rule book says what pip itself says', (context) => {
    const script = fileURLToPath(new URL('pip_choice.py', import.meta.url))
    const questions = fc.sample(scenes, { numRuns: 150, seed: 15 }).flatMap((scene) => {
      const shown = shownThen(read(scene.changed.document), scene.past)
      const { name: project } = scene.changed.document
      const pin = Object.keys(shown.overlaid.record.versions)[scene.second % 40] ?? '1.0'
      return [specOf(scene, shown), `==${pin}`].map((specifier) => ({
        ...render(shown),
        project,
        specifier,
        python,
      }))
    })
    const lines = questions.map((question) => JSON.stringify(question)).join('\n')
    const run = spawnSync('python3', ['-W', 'ignore', script], {
      input: lines,
      encoding: 'utf8',
      maxBuffer: 1e8,
    })
    if (run.status !== 0)
      return context.skip(`there is no pip whose inside is known here: ${run.stderr.slice(-200)}`)
    const [fallsBack, ...answers] = run.stdout.trim().split('\n')
    const choose = clients[fallsBack === 'true' ? 'newer pip' : 'pip']
    for (const [index, { files, project, specifier }] of questions.entries()) {
      const ours = choose(files, project, specifier)?.text ?? null
      const theirs: string | null = JSON.parse(answers[index] ?? 'null')
      const isAlike = ours === null || theirs === null ? ours === theirs : isSame(ours, theirs)
      expect([project, specifier, ours, theirs, isAlike]).toEqual([project, specifier, ours, theirs, true])
    }
  })
})
