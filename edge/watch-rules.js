#!/usr/bin/env node
/**
 * Follows Slipway's rules for nginx or Varnish: asks by long poll, checks them, writes a file and runs a command
 * whenever they have changed.
 *
 *   node watch-rules.js --server https://packages.example.org --write /etc/nginx/slipway/slipway-rules.json \
 *     --run 'nginx -s reload' [--keys keys.json] [--as json|vcl]
 *
 * `--keys`: what `/edge/v1/keys` said when the edge was set up; with it nothing unsigned is taken. Stops on SIGTERM.
 */
import { execFile } from 'node:child_process'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { parseArgs, promisify } from 'node:util'
import { takeRules, verifiedRules } from './take-rules.js'
import { rulesAsVcl } from './varnish/rules-as-vcl.js'

const retryMs = 500
/** What an edge has loaded must be younger than ten minutes, so it is loaded again when only its time has changed. */
const loadedAnewMs = 4 * 60_000

const { values } = parseArgs({
  options: {
    server: { type: 'string' },
    write: { type: 'string' },
    run: { type: 'string' },
    keys: { type: 'string' },
    as: { type: 'string', default: 'json' },
  },
})
for (const name of ['server', 'write', 'run']) {
  if (values[name] === undefined) {
    console.error(`watch-rules: --${name} is missing`)
    process.exit(2)
  }
}
if (values.as !== 'json' && values.as !== 'vcl') {
  console.error(`watch-rules: --as: got ${values.as}, expected json or vcl`)
  process.exit(2)
}
const keys = values.keys === undefined ? null : JSON.parse(await readFile(values.keys, 'utf8')).keys

let rules = null
let etag = null
let heardAt = 0
let loaded = null

async function ask() {
  // Only what is signed says when it was written, so that one is asked for again in time.
  const isOld = keys !== null && rules !== null && Date.now() - rules.at > loadedAnewMs
  const after = rules === null || isOld ? '' : `?after=${rules.position}&wait=30`
  const response = await fetch(`${values.server}/edge/v1/${keys === null ? 'rules' : 'rules.jws'}${after}`, {
    headers: etag === null || isOld ? {} : { 'if-none-match': etag },
    signal: AbortSignal.timeout(45_000),
  })
  if (response.status === 304) {
    if (keys === null) heardAt = Date.now()
    return
  }
  if (!response.ok) throw new Error(`${values.server} answered ${response.status}`)
  const text = await response.text()
  const next = keys === null ? JSON.parse(text) : await verifiedRules(text, keys)
  if (next === null) throw new Error('the signature is not of a key that this edge knows')
  const { rules: holding, refused } = takeRules(rules, next, keys !== null)
  if (refused !== null) throw new Error(refused)
  rules = holding
  heardAt = keys === null ? Date.now() : rules.at
  etag = response.headers.get('etag')
}

const same = (left, right) =>
  JSON.stringify({ ...left, at: 0, position: 0 }) === JSON.stringify({ ...right, at: 0, position: 0 })

async function load() {
  if (rules === null) return
  if (loaded !== null && same(loaded, rules) && heardAt - loaded.at < loadedAnewMs) return
  const next = { ...rules, at: heardAt }
  await writeFile(`${values.write}.new`, values.as === 'vcl' ? rulesAsVcl(next) : JSON.stringify(next))
  await rename(`${values.write}.new`, values.write)
  await promisify(execFile)('/bin/sh', ['-c', values.run])
  loaded = next
}

process.on('SIGTERM', () => process.exit(0))
for (;;) {
  try {
    await ask()
    await load()
  } catch (error) {
    console.error(`watch-rules: ${error.message}; what is loaded goes on`)
    await new Promise((resolve) => setTimeout(resolve, retryMs))
  }
}
