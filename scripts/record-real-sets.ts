/**
 * Writes test/clients/real-sets.json.br: what npm's and PyPI's registries say of three small sets of real packages and of
 * everything that they need, of each the newest versions and those that a range asks for. `node scripts/record-real-sets.ts`
 */
import { writeFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'
import semver from 'semver'
import type { RealSets } from '../test/clients/real-sets.ts'

const npmSets = { server: ['express', 'debug'], linter: ['eslint'] }
const pypiSet = ['flask', 'requests']
const newest = 4

type Json = ReturnType<typeof JSON.parse>

async function get(url: string, accept: string): Promise<Json> {
  const response = await fetch(url, { headers: { accept } })
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return response.text()
}

/** Every package that a set can come to, breadth first, with the versions that ranges name. */
async function recordNpm(): Promise<RealSets['npm']> {
  const documents = new Map<string, Json>()
  const wanted = new Map<string, Set<string>>()
  const left = Object.values(npmSets)
    .flat()
    .map((name): [string, string] => [name, 'latest'])
  for (const [name, range] of left) {
    const url = `https://registry.npmjs.org/${name.replace('/', '%2f')}`
    const known = documents.get(name) ?? JSON.parse(await get(url, 'application/json'))
    documents.set(name, known)
    const all = Object.keys(known.versions)
    const version = known['dist-tags'][range] ?? semver.maxSatisfying(all, range)
    const kept = wanted.get(name) ?? new Set()
    wanted.set(name, kept)
    if (version === null || kept.has(version)) continue
    kept.add(version)
    const { dependencies, optionalDependencies, peerDependencies } = known.versions[version]
    left.push(...Object.entries<string>({ ...peerDependencies, ...dependencies, ...optionalDependencies }))
  }
  return Object.fromEntries(
    [...documents].map(([name, known]) => [name, trimmed(known, wanted.get(name) ?? new Set())]),
  )
}

function trimmed(known: Json, wanted: ReadonlySet<string>): Json {
  const latest = known['dist-tags'].latest
  const order = Object.keys(known.versions).filter((version) => !version.includes('-'))
  const kept = order.filter(
    (version, place) => wanted.has(version) || version === latest || place >= order.length - newest,
  )
  const versions = kept.map((version) => {
    const { readme: _readme, scripts, devDependencies: _dev, _npmUser, ...manifest } = known.versions[version]
    return [version, { ...manifest, ...(scripts?.install && { scripts: { install: scripts.install } }) }]
  })
  const time = kept.map((version) => [version, known.time[version]])
  return {
    name: known.name,
    'dist-tags': { latest },
    versions: Object.fromEntries(versions),
    time: { created: known.time.created, modified: known.time.modified, ...Object.fromEntries(time) },
  }
}

/** Pages with the newest versions' wheels, and the metadata of each version. */
async function recordPypi(): Promise<RealSets['pypi']> {
  const pages: Record<string, Json> = {}
  const metadata: Record<string, string> = {}
  const left = [...pypiSet]
  for (const name of left) {
    if (pages[name] !== undefined) continue
    const page = JSON.parse(
      await get(`https://pypi.org/simple/${name}/`, 'application/vnd.pypi.simple.v1+json'),
    )
    const finals = page.versions
      .filter((version: string) => /^[\d.]+$/.test(version))
      .sort((a: string, b: string) => a.localeCompare(b, 'en', { numeric: true }))
      .slice(-newest)
    const files = page.files.filter(
      ({ filename }: Json) =>
        finals.includes(filename.split('-')[1]) &&
        /-(?:py2\.)?py3-none-any\.whl$|cp31[1-4]-.*manylinux.*x86_64\.whl$/.test(filename),
    )
    for (const { filename, url } of files) {
      const key = `${name} ${filename.split('-')[1]}`
      if (metadata[key] !== undefined) continue
      // The newest may not be everywhere yet.
      const text = await get(`${url}.metadata`, '*/*').catch(() => null)
      if (text !== null) metadata[key] = text.split('\n\n')[0] ?? ''
    }
    const has = ({ filename }: Json) => metadata[`${name} ${filename.split('-')[1]}`] !== undefined
    pages[name] = { ...page, versions: finals, files: files.filter(has) }
    for (const text of Object.entries(metadata)
      .filter(([key]) => key.startsWith(`${name} `))
      .map(([, one]) => one))
      for (const [, need = ''] of text.matchAll(/^Requires-Dist: ([A-Za-z0-9._-]+)(?![^\n]*extra ==)/gm))
        left.push(need.toLowerCase().replace(/[-_.]+/g, '-'))
  }
  return { pages, metadata }
}

const sets: RealSets = { npmSets, pypiSet, npm: await recordNpm(), pypi: await recordPypi() }
const packed = brotliCompressSync(JSON.stringify(sets), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
writeFileSync(new URL('../test/clients/real-sets.json.br', import.meta.url), packed)
console.log(
  `${Object.keys(sets.npm).length} npm packages, ${Object.keys(sets.pypi.pages).length} projects, ${packed.length} bytes`,
)
