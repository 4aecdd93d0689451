import { samples } from './sample-packages.ts'

/** One thing to measure: which addresses are asked, with which headers. */
export interface Case {
  readonly name: string
  readonly paths: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** What Verdaccio is asked instead, where it has no such document. */
  readonly verdaccio: { readonly path: string; readonly note: string } | null
  /** At least this share of the bare server, and so many times Verdaccio, where DESIGN.md sets a bar. */
  readonly bars: { readonly bare: number; readonly verdaccio: number } | null
  readonly connections: number
}

const nameOf = (id: string) => id.slice(id.indexOf(':') + 1)
const agent = { 'user-agent': 'npm/11.6.2 node/v24.21.0 linux x64 workspaces/false' }
const full = { ...agent, accept: 'application/json' }
const install = {
  ...agent,
  accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*',
}
const gzip = { 'accept-encoding': 'gzip' }
const pip = (accept: string) => ({ 'user-agent': 'pip/25.3 {"ci":null}', accept })
const npmPath = (id: string) => `/npm/${nameOf(id)}`
const smallOnVerdaccio = `/${nameOf(samples.small.id)}`
const smallBars = { bare: 0.7, verdaccio: 8 }

/** The keys of the mix. */
const keys = Array.from({ length: 1000 }, (_, index) => `r-key${index}`)

/** The documents that the issue names. Verdaccio has no project pages: they are held against its fastest answer. */
export const cases: readonly Case[] = [
  {
    name: 'npm document, 1.5 kB',
    paths: [npmPath(samples.small.id)],
    headers: install,
    verdaccio: { path: smallOnVerdaccio, note: '' },
    bars: smallBars,
    connections: 16,
  },
  {
    name: 'project page of 60 files, JSON',
    paths: [`/pypi/simple/${nameOf(samples.project.id)}/`],
    headers: pip(
      'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01',
    ),
    verdaccio: { path: smallOnVerdaccio, note: 'its 1.5 kB document' },
    bars: smallBars,
    connections: 16,
  },
  {
    name: 'project page of 60 files, HTML',
    paths: [`/pypi/simple/${nameOf(samples.project.id)}/`],
    headers: pip('text/html'),
    verdaccio: { path: smallOnVerdaccio, note: 'its 1.5 kB document' },
    bars: smallBars,
    connections: 16,
  },
  {
    name: 'npm document under 1,000 keys',
    paths: keys.map((key) => `/as/${key}${npmPath(samples.small.id)}`),
    headers: install,
    verdaccio: { path: smallOnVerdaccio, note: 'no keys' },
    bars: smallBars,
    connections: 16,
  },
  {
    name: 'packument, 565 kB',
    paths: [npmPath(samples.medium.id)],
    headers: full,
    verdaccio: { path: `/${nameOf(samples.medium.id)}`, note: '' },
    bars: { bare: 0.85, verdaccio: 50 },
    connections: 16,
  },
  // Verdaccio sends these in chunks of unknown length, which the load does not count.
  {
    name: 'npm document, 1.5 kB, as gzip',
    paths: [npmPath(samples.small.id)],
    headers: { ...install, ...gzip },
    verdaccio: null,
    bars: null,
    connections: 16,
  },
  {
    name: 'packument, 565 kB, as gzip',
    paths: [npmPath(samples.medium.id)],
    headers: { ...full, ...gzip },
    verdaccio: null,
    bars: null,
    connections: 16,
  },
  {
    name: 'packument, 21 MB',
    paths: [npmPath(samples.large.id)],
    headers: full,
    verdaccio: { path: `/${nameOf(samples.large.id)}`, note: '' },
    bars: null,
    connections: 4,
  },
]
