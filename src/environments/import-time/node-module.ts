/**
 * `slipway-env/index.cjs`, as it is placed in a root: finds and loads a version by the rules of
 * `find-installed.ts`. It reads what `env` wrote and changes nothing.
 */
export const NODE_MODULE = String.raw`'use strict'
// Loads one of several installed versions of a package. Placed here by "slipway env".
//
//     const slipwayEnv = require('slipway-env')
//     const demo = slipwayEnv.require('demo-lib', '1.2')
//
// "1" means any 1.*, "1.2" means 1.2.*, a full version means itself, no version means the live one.
const fs = require('node:fs')
const { createRequire } = require('node:module')
const os = require('node:os')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

// One register for the process, however many copies of this file it loads.
const key = Symbol.for('slipway-env.chosen')
const chosen = (globalThis[key] ??= choicesOfTheProcess())

/** Loads a package (or a file in it) in the version asked for, as require does. */
exports.require = function (specifier, version) {
  const file = resolve(specifier, version, asker())
  return createRequire(file)(file)
}

/** The same for modules that only import can load; gives a promise. */
exports.import = async function (specifier, version) {
  return import(pathToFileURL(resolve(specifier, version, asker())).href)
}

/** The file that require would load. */
exports.resolve = function (specifier, version) {
  return resolve(specifier, version, asker())
}

function resolve(specifier, version, asker) {
  const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  const rule = version === undefined || version === null ? null : String(version)
  const choice = choose(name, rule, asker)
  const inside = createRequire(path.join(choice.folder, 'slipway-env.cjs'))
  const manifest = json(path.join(choice.folder, 'package.json'))
  // A folder may be the package itself.
  if (manifest !== null && manifest.name === name) return inside.resolve('.' + specifier.slice(name.length))
  return inside.resolve(specifier)
}

function choose(name, rule, asker) {
  const held = chosen.get(name)
  if (held !== undefined) {
    if (answers(held, rule)) return held
    const has = held.version === null ? held.folder : held.version
    fail(
      'ERR_SLIPWAY_ENV_CONFLICT',
      asker + ' asks for ' + said(name, rule) + ', but ' + held.asker + ' asked for ' + name + ' ' + has +
        ' before and one process holds one version',
    )
  }
  const choice = find(name, rule, asker)
  chosen.set(name, choice)
  return choice
}

function find(name, rule, asker) {
  if (rule !== null && rule.startsWith('/')) return folderAt(rule, asker)
  const installed = []
  for (const root of roots()) {
    const state = json(path.join(root, 'npm', name, '.current', 'state.json'))
    if (state === null) continue
    const entry = state.versions.findLast(({ version }) =>
      rule === null ? version === state.live : matches(version, rule),
    )
    if (entry !== undefined) return folderAt(path.join(root, 'npm', name, 'installed', entry.folder), asker)
    installed.push(state.versions.map(({ version }) => version).join(', ') + ' in ' + root)
  }
  fail(
    'MODULE_NOT_FOUND',
    asker + ' asks for ' + said(name, rule) + ', which is not installed; installed is ' +
      (installed.join('; ') || 'nothing of it') + '; to get it: slipway env install npm:' + name +
      (rule === null ? '' : '@' + rule) + ' --root ' + roots()[0],
  )
}

function folderAt(place, asker) {
  if (!fs.existsSync(place)) fail('MODULE_NOT_FOUND', asker + ' asks for ' + place + ', which is not there')
  const folder = fs.realpathSync(place)
  const made = json(path.join(folder, 'slipway-installed.json'))
  return { version: made === null ? null : made.version, folder, asker }
}

function answers(held, rule) {
  if (rule === null) return true
  if (rule.startsWith('/')) return fs.existsSync(rule) && fs.realpathSync(rule) === held.folder
  return held.version !== null && matches(held.version, rule)
}

function matches(version, rule) {
  const wanted = rule.replace(/^v/, '')
  if (!/^\d+(\.\d+)?$/.test(wanted)) return version === wanted
  const final = /^(\d+)\.(\d+)\.\d+(\+.*)?$/.exec(version)
  if (final === null) return false
  return wanted.split('.').every((part, index) => Number(part) === Number(final[index + 1]))
}

function said(name, rule) {
  return rule === null ? name : name + ' ' + rule
}

function fail(code, message) {
  throw Object.assign(new Error(message), { code })
}

function roots() {
  const named = (process.env.SLIPWAY_ENV_PATH || '').split(path.delimiter).filter((entry) => entry !== '')
  const prefix = path.dirname(path.dirname(process.execPath))
  const data = process.env.XDG_DATA_HOME || path.join(os.homedir(), '.local', 'share')
  const places = [path.join(prefix, 'share'), data, '/usr/local/share']
  return [path.dirname(__dirname), ...named, ...places.map((place) => path.join(place, 'slipway-env'))]
}

function json(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  }
}

/** File and line of whoever called one of the exports. */
function asker() {
  const lines = new Error().stack.split('\n').slice(1)
  const outside = lines.find((line) => !line.includes(__filename)) || ''
  const place = /\(?((?:file:\/\/)?[^()\s]+:\d+):\d+\)?$/.exec(outside)
  return place === null ? 'somebody' : place[1].replace(/^file:\/\//, '')
}

/** What "slipway env run --with" chose for this process. */
function choicesOfTheProcess() {
  const given = JSON.parse(process.env.SLIPWAY_ENV_WITH || '[]')
  return new Map(given.filter(({ ecosystem }) => ecosystem === 'npm').map((choice) => [choice.name, choice]))
}
`
