/** Slipway in front of what real registries said, against what they said. */
import { Parser } from 'htmlparser2'
import semver from 'semver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { abbreviate } from '../../src/catalog/hosted/packument.ts'
import { schemeOf } from '../../src/versions/scheme-of.ts'
import { type OverlaidIndex, startOverlaid } from '../upstream/overlaid-index.ts'
import { startTinyUpstream, type TinyUpstream } from '../upstream/tiny-upstream.ts'
import { type Recorded, type RecordedPackument, type RecordedProject, readRecorded } from './recorded.ts'

const json = 'application/json'
const short = 'application/vnd.npm.install-v1+json'
const simple = 'application/vnd.pypi.simple.v1+json'

let upstream: TinyUpstream
let plain: OverlaidIndex
let ruled: OverlaidIndex
/** In front of pages in HTML only. */
let html: OverlaidIndex
const recorded: Recorded = await readRecorded()
beforeAll(async () => {
  upstream = await startTinyUpstream()
  for (const [name, document] of Object.entries(recorded.npm))
    upstream.answers.set(`/${name.replace('/', '%2f')}`, { type: json, body: JSON.stringify(document) })
  for (const [name, { json: page }] of Object.entries(recorded.pypi))
    upstream.answers.set(`/simple/${name}/`, { type: simple, body: JSON.stringify(page) })
  for (const [name, { html }] of Object.entries(recorded.pypi))
    upstream.answers.set(`/html/${name}/`, { type: 'text/html', body: html })
  const upstreams = (pypi: string) =>
    `upstreams: { npm: { url: "${upstream.url}", fresh: 1h }, pypi: { url: "${upstream.url}/${pypi}", fresh: 1h } }`
  plain = await startOverlaid(upstreams('simple'))
  html = await startOverlaid(upstreams('html'))
  // Everything is old, so a ladder longer than all history makes the newest final of each the only candidate.
  ruled = await startOverlaid(
    `${upstreams('simple')}\nadopt: [{ match: "*", newPackage: 0s, policy: { stages: [{ percent: 0, bake: 3650d }, { percent: 50, bake: 3650d }, { percent: 100, bake: 3650d }], gates: {} } }]`,
  )
})
afterAll(async () => {
  expect([...plain.errors, ...html.errors, ...ruled.errors]).toEqual([])
  await plain.close()
  await html.close()
  await ruled.close()
  await upstream.close()
})

const ask = async <Shape = unknown>(index: OverlaidIndex, path: string, accept: string): Promise<Shape> =>
  JSON.parse((await index.get(path, { accept })).text)
const npmPath = (name: string) => `/npm/${name.replace('/', '%2f')}`

it('has sixty packages, with what registries have of odd things', () => {
  expect([Object.keys(recorded.npm).length, Object.keys(recorded.pypi).length]).toEqual([30, 30])
  const files = Object.values(recorded.pypi).flatMap(({ json: { files: all } }) => all)
  expect(files.filter(({ yanked }) => yanked !== false).length).toBeGreaterThan(5)
})

describe.each(Object.entries(recorded.npm))('npm: %s without a rule', (name, document) => {
  it('is what the registry answers, field by field', async () => {
    expect(await ask(plain, npmPath(name), json)).toEqual(document)
  })

  it('in the short form is that form of it, with tags, deprecations and digests', async () => {
    const { versions, time } = document
    expect(await ask(plain, npmPath(name), short)).toEqual({
      name,
      modified: time.modified,
      'dist-tags': document['dist-tags'],
      versions: Object.fromEntries(
        Object.entries(versions).map(([key, manifest]) => [key, shortOf(manifest)] as const),
      ),
    })
  })
})

/** The documented members of the abbreviated form, and what our own function leaves of the rest. */
function shortOf(manifest: object): object {
  const plainForm = abbreviate({ ...manifest })
  const allowed = [
    ...['name', 'version', 'deprecated', 'dependencies', 'acceptDependencies', 'optionalDependencies', 'os'],
    ...['devDependencies', 'bundleDependencies', 'bundledDependencies', 'peerDependencies', 'cpu', 'libc'],
    ...[
      'peerDependenciesMeta',
      'bin',
      'directories',
      'dist',
      'engines',
      '_hasShrinkwrap',
      'hasInstallScript',
      'funding',
    ],
  ]
  expect(Object.keys(plainForm).filter((member) => !allowed.includes(member))).toEqual([])
  return plainForm
}

interface Link {
  readonly href: string
  readonly text: string
  readonly yanked: string | undefined
  readonly python: string | undefined
}

/** What an installer reads of a page's links, in their order. */
function linksOf(page: string, base: string): readonly Link[] {
  const links: Link[] = []
  let open: Link | null = null
  const parser = new Parser({
    onopentag: (tag, { href = '', ...attributes }) => {
      const { 'data-yanked': yanked, 'data-requires-python': python } = attributes
      if (tag === 'a') open = { href: new URL(href, base).href, text: '', yanked, python }
    },
    ontext: (text) => {
      if (open !== null) open = { ...open, text: open.text + text }
    },
    onclosetag: (tag) => {
      if (tag === 'a' && open !== null) links.push(open)
      if (tag === 'a') open = null
    },
  })
  parser.end(page)
  return links
}

describe.each(Object.entries(recorded.pypi))(
  'pypi: %s without a rule',
  (name, { json: page, html: theirPage }) => {
    it('is what the registry answers in JSON, field by field', async () => {
      expect(await ask(plain, `/pypi/simple/${name}/`, simple)).toEqual(page)
    })

    it('and in HTML, link by link', async () => {
      const { text } = await plain.get(`/pypi/simple/${name}/`, { accept: 'text/html' })
      const [ours, theirs] = [linksOf(text, plain.url), linksOf(theirPage, plain.url)]
      // As the registry gives them, in the order of the form that was asked for: its two forms have one each.
      expect(ours.map((link) => link.text)).toEqual(page.files.map(({ filename }) => filename))
      // What HTML cannot tell apart: a yank without a reason.
      const said = (links: readonly Link[]) =>
        links
          .map((link) => ({ ...link, yanked: link.yanked === undefined ? null : 'yanked' }))
          .toSorted((a, b) => a.href.localeCompare(b.href))
      expect(said(ours)).toEqual(said(theirs))
    })

    it('and where the upstream has HTML only, link by link in its order', async () => {
      const { text } = await html.get(`/pypi/simple/${name}/`, { accept: 'text/html' })
      const said = (links: readonly Link[]) =>
        links.map((link) => ({ ...link, yanked: link.yanked === undefined ? null : 'yanked' }))
      expect(said(linksOf(text, html.url))).toEqual(said(linksOf(theirPage, html.url)))
      // What HTML says is in the JSON that is made of it, too.
      const made = await ask<RecordedProject['json']>(html, `/pypi/simple/${name}/`, simple)
      const files = new Map(page.files.map((file) => [file.filename, file]))
      for (const { filename, url, yanked, ...file } of made.files) {
        const theirs = files.get(filename)
        expect([filename, url, Boolean(yanked)]).toEqual([filename, theirs?.url, Boolean(theirs?.yanked)])
        expect(Object(file).hashes).toEqual(Object(theirs).hashes)
        expect(Object(file)['requires-python'] ?? null).toEqual(Object(theirs)['requires-python'] ?? null)
      }
    })
  },
)

describe.each(Object.entries(recorded.npm))('npm: %s under a rule', (name, document) => {
  it('differs in what a view changes, and in nothing else', async () => {
    const shown = await ask<RecordedPackument>(ruled, npmPath(name), json)
    const hidden = hiddenOf(Object.keys(document.versions), 'npm')
    const { 'dist-tags': tags, versions, time: times, ...rest } = shown
    const { 'dist-tags': tagsBefore, versions: given, time: givenTimes, ...givenRest } = document
    // What the top says of the package is what the view's latest says.
    const top = ['description', 'keywords', 'readme', 'readmeFilename'] as const
    const without = (all: object) =>
      Object.fromEntries(Object.entries(all).filter(([key]) => !(top as readonly string[]).includes(key)))
    expect(without(rest)).toEqual(without(givenRest))
    const { description, keywords } = given[tags.latest ?? ''] ?? document
    if (tags.latest !== tagsBefore.latest)
      expect({ description: rest.description, keywords: rest.keywords }).toEqual({ description, keywords })
    expect({ ...times, modified: null }).toEqual({ ...givenTimes, modified: null })
    const others = (all: Readonly<Record<string, string>>) =>
      Object.entries(all).filter(([tag]) => tag !== 'latest')
    expect(others(tags)).toEqual(others(document['dist-tags']))
    expect(hidden).not.toContain(tags.latest)
    expect(Object.keys(versions)).toEqual(Object.keys(given))
    for (const [key, manifest] of Object.entries(versions)) {
      const { deprecated, engines, ...own } = manifest
      const { deprecated: before, engines: enginesBefore, ...ownBefore } = given[key] ?? manifest
      expect(own).toEqual(ownBefore)
      if (semver.valid(key) === null)
        expect(deprecated).toMatch(/^Hidden by Slipway: its name cannot be read/)
      else if (hidden.includes(key)) expect(deprecated).toMatch(/^Staged rollout by Slipway/)
      else expect([undefined, before]).toContain(deprecated)
      if (!hidden.includes(key) && semver.valid(key) !== null) expect(engines).toEqual(enginesBefore)
    }
  })
})

describe.each(Object.keys(recorded.npm))('npm: %s under a rule', (name) => {
  it('says in the short form what it says in the full one', async () => {
    const shown = await ask<RecordedPackument>(ruled, npmPath(name), json)
    expect(await ask(ruled, npmPath(name), short)).toEqual({
      name,
      modified: shown.time.modified,
      'dist-tags': shown['dist-tags'],
      versions: Object.fromEntries(
        Object.entries(shown.versions).map(([key, manifest]) => [key, shortOf(manifest)] as const),
      ),
    })
  })
})

describe.each(Object.entries(recorded.pypi))('pypi: %s under a rule', (name, { json: page }) => {
  it('differs in yanks, and in nothing else', async () => {
    const shown = await ask<RecordedProject['json']>(ruled, `/pypi/simple/${name}/`, simple)
    const plainFiles = (files: RecordedProject['json']['files']) =>
      files.map(({ yanked: _, ...file }) => file)
    expect({ ...shown, files: plainFiles(shown.files) }).toEqual({ ...page, files: plainFiles(page.files) })
    const yanks = new Map(page.files.map(({ filename, yanked }) => [filename, yanked]))
    const changed = shown.files.filter(({ filename, yanked }) => yanked !== yanks.get(filename))
    // Only what is newest, or nobody can read, is hidden; a maintainer's own word stays.
    for (const { filename, yanked } of changed) {
      expect(yanks.get(filename)).toBe(false)
      expect(yanked).toMatch(/^(?:Staged rollout by Slipway|Hidden by Slipway)/)
    }
    expect(changed.length).toBeLessThan(page.files.length)
    const { text } = await ruled.get(`/pypi/simple/${name}/`, { accept: 'text/html' })
    const inHtml = linksOf(text, ruled.url).map((link) => [link.text, link.yanked])
    const reasonOf = (yanked: boolean | string) =>
      yanked === true ? expect.stringMatching(/^Yanked/) : yanked || undefined
    expect(inHtml).toEqual(shown.files.map(({ filename, yanked }) => [filename, reasonOf(yanked)]))
  })
})

/** The newest final, where there is an older one: at first sight nothing counts as old under so long a ladder. */
function hiddenOf(versions: readonly string[], ecosystem: 'npm'): readonly string[] {
  const { isPrerelease, normalize } = schemeOf(ecosystem)
  const finals = versions.filter((version) => normalize(version) === version && !isPrerelease(version))
  const sorted = finals.toSorted(semver.compare)
  // The greatest below the newest is the only one that counts as released.
  return sorted.length < 2 ? [] : sorted.filter((version) => version !== sorted.at(-2))
}
